//! The values of a mission's parameters: what the caller set, the defaults, and their types.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::model::{Mission, Parameter, ParameterKind};
use crate::error::{Error, Result};
use crate::text;

/// Returns the value of each parameter, given what a caller set.
///
/// A text that was set is read as the type of its parameter. Fails with all that is wrong at once:
/// unknown names, missing values, values that do not fit.
pub fn bind(mission: &Mission, set: &BTreeMap<String, Json>) -> Result<Map<String, Json>> {
    let mut values = Map::new();
    let mut faults = Vec::new();
    let mut error = Error::usage(String::new());
    for name in set.keys() {
        if mission.parameters.iter().all(|parameter| parameter.name != *name) {
            faults.push(format!("no parameter `{}`", name.escape_debug()));
            let names = mission.parameters.iter().map(|parameter| &*parameter.name);
            if let Some(near) = text::nearest(name, names) {
                error = error.hint(format!("did you mean `{near}`?"));
            }
        }
    }
    for parameter in &mission.parameters {
        match value(parameter, set.get(&parameter.name)) {
            Ok(Some(value)) => {
                values.insert(parameter.name.clone(), value);
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(values);
    }
    let message = format!("cannot set the parameters of `{}`: {}", mission.name, faults.join("; "));
    let hints = error.hints().to_vec();
    Err(hints.into_iter().fold(Error::usage(message), Error::hint))
}

/// The value of one parameter.
fn value(parameter: &Parameter, set: Option<&Json>) -> Result<Option<Json>, String> {
    let Some(given) = set else {
        return match &parameter.default {
            Some(default) => Ok(Some(default.clone())),
            None if parameter.required => Err(format!("`{}` is required", parameter.name)),
            None => Ok(None),
        };
    };
    let read = match (given, parameter.kind) {
        (Json::String(_), ParameterKind::String) => given.clone(),
        (Json::String(text), _) => serde_json::from_str(text).unwrap_or_else(|_| given.clone()),
        _ => given.clone(),
    };
    fits(parameter, &read)?;
    Ok(Some(read))
}

/// Returns whether a value has the type of a parameter and lies in its bounds, or why not.
pub(super) fn fits(parameter: &Parameter, value: &Json) -> Result<(), String> {
    let name = &parameter.name;
    let (fits, wanted) = match parameter.kind {
        ParameterKind::String => (value.is_string(), "a text"),
        ParameterKind::Integer => (value.is_i64() || value.is_u64(), "a whole number"),
        ParameterKind::Number => (value.is_number(), "a number"),
        ParameterKind::Boolean => (value.is_boolean(), "true or false"),
        ParameterKind::List => (value.is_array(), "a list"),
        ParameterKind::Map => (value.is_object(), "a map"),
    };
    if !fits {
        return Err(format!("`{name}` has to be {wanted}, not {value}"));
    }
    if !parameter.choices.is_empty() && !parameter.choices.contains(value) {
        let choices: Vec<String> = parameter.choices.iter().map(Json::to_string).collect();
        return Err(format!("`{name}` has to be one of {}, not {value}", choices.join(", ")));
    }
    let number = value.as_f64();
    if let (Some(min), Some(number)) = (parameter.min, number)
        && number < min
    {
        return Err(format!("`{name}` has to be at least {min}, not {value}"));
    }
    if let (Some(max), Some(number)) = (parameter.max, number)
        && max < number
    {
        return Err(format!("`{name}` has to be at most {max}, not {value}"));
    }
    Ok(())
}
