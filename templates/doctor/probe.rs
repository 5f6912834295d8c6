fn larger(left: u32, right: u32) -> u32 {
    if left < right {
        right
    } else {
        left
    }
}

fn never() -> u32 {
    7
}

fn main() {
    if larger(1, 2) == 3 {
        never();
    }
}
