//! What the code under test reaches beyond its process: files, programs and the network.
//!
//! The linker resolves these functions of the C library to the ones here. While a candidate runs
//! they do nothing but fail, and the execution is void: a test that touched the surroundings would
//! say something about the box, and something else, or do harm, in the user's checkout.

use std::ffi::{c_char, c_int, c_long, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a candidate runs.
static WATCHING: AtomicBool = AtomicBool::new(false);
/// Whether it reached for something.
static REACHED: AtomicBool = AtomicBool::new(false);

const PERMISSION_DENIED: c_int = 13;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn __errno_location() -> *mut c_int;
}

/// Begins to watch.
pub fn watch() {
    REACHED.store(false, Ordering::SeqCst);
    WATCHING.store(true, Ordering::SeqCst);
}

/// Ends the watch; returns whether something was reached for.
pub fn watched() -> bool {
    WATCHING.store(false, Ordering::SeqCst);
    REACHED.load(Ordering::SeqCst)
}

/// Whether a call is to fail; notes it.
fn refused() -> bool {
    if !WATCHING.load(Ordering::Relaxed) {
        return false;
    }
    REACHED.store(true, Ordering::SeqCst);
    // SAFETY: the C library owns the place, and it is this thread's.
    unsafe { *__errno_location() = PERMISSION_DENIED };
    true
}

/// The function of the C library that is hidden by the one here.
fn next(name: &[u8]) -> *mut c_void {
    let after_this = usize::MAX as *mut c_void;
    // SAFETY: the name ends in a zero.
    unsafe { dlsym(after_this, name.as_ptr().cast()) }
}

/// Functions, with what they return when they fail.
macro_rules! failing {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty = $failure:expr;)*) => {$(
        /// Fails while a candidate runs; else as the C library does it.
        ///
        /// # Safety
        ///
        /// As for the function of the C library.
        #[no_mangle]
        pub unsafe extern "C" fn $name($($argument: $type),*) -> $result {
            if refused() {
                return $failure;
            }
            let function = next(concat!(stringify!($name), "\0").as_bytes());
            if function.is_null() {
                return $failure;
            }
            // SAFETY: the symbol has the type that the C library declares.
            unsafe {
                let function: unsafe extern "C" fn($($type),*) -> $result =
                    std::mem::transmute(function);
                function($($argument),*)
            }
        }
    )*};
}

failing! {
    open(path: *const c_char, flags: c_int, mode: c_long) -> c_int = -1;
    open64(path: *const c_char, flags: c_int, mode: c_long) -> c_int = -1;
    openat(folder: c_int, path: *const c_char, flags: c_int, mode: c_long) -> c_int = -1;
    openat64(folder: c_int, path: *const c_char, flags: c_int, mode: c_long) -> c_int = -1;
    opendir(path: *const c_char) -> *mut c_void = std::ptr::null_mut();
    unlink(path: *const c_char) -> c_int = -1;
    unlinkat(folder: c_int, path: *const c_char, flags: c_int) -> c_int = -1;
    rmdir(path: *const c_char) -> c_int = -1;
    mkdir(path: *const c_char, mode: c_int) -> c_int = -1;
    mkdirat(folder: c_int, path: *const c_char, mode: c_int) -> c_int = -1;
    rename(from: *const c_char, to: *const c_char) -> c_int = -1;
    link(from: *const c_char, to: *const c_char) -> c_int = -1;
    linkat(a: c_int, from: *const c_char, b: c_int, to: *const c_char, flags: c_int) -> c_int = -1;
    symlink(to: *const c_char, path: *const c_char) -> c_int = -1;
    chmod(path: *const c_char, mode: c_int) -> c_int = -1;
    truncate64(path: *const c_char, length: i64) -> c_int = -1;
    realpath(path: *const c_char, buffer: *mut c_char) -> *mut c_char = std::ptr::null_mut();
    getcwd(buffer: *mut c_char, size: usize) -> *mut c_char = std::ptr::null_mut();
    chdir(path: *const c_char) -> c_int = -1;
    socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int = -1;
    execve(path: *const c_char, args: *const c_void, env: *const c_void) -> c_int = -1;
    execvp(path: *const c_char, args: *const c_void) -> c_int = -1;
    // What a forked process reaches for would be noted there only.
    fork() -> c_int = -1;
    posix_spawn(id: *mut c_int, path: *const c_char, actions: *const c_void,
        attributes: *const c_void, args: *const c_void, env: *const c_void) -> c_int
        = PERMISSION_DENIED;
    posix_spawnp(id: *mut c_int, path: *const c_char, actions: *const c_void,
        attributes: *const c_void, args: *const c_void, env: *const c_void) -> c_int
        = PERMISSION_DENIED;
}
