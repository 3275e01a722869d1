//! The plain arithmetic of the processor, flags included: what counters and locks are made of.
//! Everything else the processor does itself.

use iced_x86::Mnemonic;

const CARRY: u64 = 1;
const PARITY: u64 = 1 << 2;
const ADJUST: u64 = 1 << 4;
const ZERO: u64 = 1 << 6;
const SIGN: u64 = 1 << 7;
const OVERFLOW: u64 = 1 << 11;
const ALL: u64 = CARRY | PARITY | ADJUST | ZERO | SIGN | OVERFLOW;

/// What became of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Computed {
    /// What the first operand becomes; `None` for comparisons.
    pub(super) value: Option<u64>,
    /// The flags' register.
    pub(super) flags: u64,
}

/// Does `mnemonic` on operands of `size` bytes (8 at most). `None` if it is not among the plain ones.
pub(super) fn compute(mnemonic: Mnemonic, size: u32, left: u64, right: u64, flags: u64) -> Option<Computed> {
    let bits = size * 8;
    let mask = u64::MAX >> (64 - bits);
    let (left, right) = (left & mask, right & mask);
    let is_negative = |value: u64| value >> (bits - 1) & 1 == 1;
    let sum = |left: u64, right: u64| {
        let value = left.wrapping_add(right) & mask;
        let overflows = is_negative(left) == is_negative(right) && is_negative(value) != is_negative(left);
        (value, flag(CARRY, value < left) | flag(OVERFLOW, overflows) | (left ^ right ^ value) & ADJUST)
    };
    let difference = |left: u64, right: u64| {
        let value = left.wrapping_sub(right) & mask;
        let overflows = is_negative(left) != is_negative(right) && is_negative(value) != is_negative(left);
        (value, flag(CARRY, left < right) | flag(OVERFLOW, overflows) | (left ^ right ^ value) & ADJUST)
    };
    // the carry is left alone by these
    let keeping = |(value, changed): (u64, u64)| (value, changed & !CARRY | flags & CARRY);
    let (value, changed) = match mnemonic {
        Mnemonic::Add | Mnemonic::Xadd => sum(left, right),
        Mnemonic::Sub | Mnemonic::Cmp | Mnemonic::Cmpxchg => difference(left, right),
        Mnemonic::Inc => keeping(sum(left, 1)),
        Mnemonic::Dec => keeping(difference(left, 1)),
        Mnemonic::Neg => difference(0, left),
        Mnemonic::And | Mnemonic::Test => (left & right, 0),
        Mnemonic::Or => (left | right, 0),
        Mnemonic::Xor => (left ^ right, 0),
        Mnemonic::Not => return Some(Computed { value: Some(!left & mask), flags }),
        _ => return None,
    };
    let changed = changed
        | flag(ZERO, value == 0)
        | flag(SIGN, is_negative(value))
        | flag(PARITY, (value & 0xff).count_ones().is_multiple_of(2));
    let compares = matches!(mnemonic, Mnemonic::Cmp | Mnemonic::Test | Mnemonic::Cmpxchg);
    Some(Computed { value: (!compares).then_some(value), flags: flags & !ALL | changed })
}

fn flag(which: u64, set: bool) -> u64 {
    if set { which } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::arch::asm;

    /// What the processor itself makes of it.
    macro_rules! processor {
        ($instruction:literal, $kind:ident, $type:ty, $left:expr, $right:expr, $flags:expr) => {{
            let (mut left, right) = ($left as $type, $right as $type);
            let mut flags: u64 = $flags;
            // SAFETY: one instruction on registers, and the flags around it.
            unsafe {
                asm!(
                    "push {flags}", "popfq", $instruction, "pushfq", "pop {flags}",
                    flags = inout(reg) flags, left = inout($kind) left, right = inout($kind) right => _,
                );
            }
            (u64::from(left), flags & ALL)
        }};
    }

    macro_rules! check {
        ($mnemonic:ident, $byte:literal, $word:literal, $double:literal, $quad:literal) => {
            for left in operands() {
                for right in operands() {
                    for before in [0x202, 0x202 | ALL] {
                        let real = [
                            processor!($byte, reg_byte, u8, left, right, before),
                            processor!($word, reg, u16, left, right, before),
                            processor!($double, reg, u32, left, right, before),
                            processor!($quad, reg, u64, left, right, before),
                        ];
                        for (size, (value, flags)) in [1, 2, 4, 8].into_iter().zip(real) {
                            let ours = compute(Mnemonic::$mnemonic, size, left, right, before).expect("a plain one");
                            assert_eq!(ours.flags & ALL, flags, "{left:x} {right:x} {size}");
                            assert_eq!(ours.flags & !ALL, before & !ALL);
                            if let Some(ours) = ours.value {
                                assert_eq!(ours, value, "{left:x} {right:x} {size}");
                            }
                        }
                    }
                }
            }
        };
    }

    fn operands() -> Vec<u64> {
        let edges = [0, 1, 2, 0xf, 0x10, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000];
        let wide = [0xffff_ffff, i64::MAX as u64, 1 << 63, u64::MAX, u64::MAX - 1];
        // and some in between, the same ones each time
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state ^ state >> 29
        });
        edges.into_iter().chain(wide).chain(mixed.take(40)).collect()
    }

    #[test]
    fn it_is_what_the_processor_makes_of_it() {
        check!(Add, "add {left}, {right}", "add {left:x}, {right:x}", "add {left:e}, {right:e}", "add {left}, {right}");
        check!(Sub, "sub {left}, {right}", "sub {left:x}, {right:x}", "sub {left:e}, {right:e}", "sub {left}, {right}");
        check!(Cmp, "cmp {left}, {right}", "cmp {left:x}, {right:x}", "cmp {left:e}, {right:e}", "cmp {left}, {right}");
        check!(And, "and {left}, {right}", "and {left:x}, {right:x}", "and {left:e}, {right:e}", "and {left}, {right}");
        check!(Or, "or {left}, {right}", "or {left:x}, {right:x}", "or {left:e}, {right:e}", "or {left}, {right}");
        check!(Xor, "xor {left}, {right}", "xor {left:x}, {right:x}", "xor {left:e}, {right:e}", "xor {left}, {right}");
        check!(
            Test,
            "test {left}, {right}",
            "test {left:x}, {right:x}",
            "test {left:e}, {right:e}",
            "test {left}, {right}"
        );
        check!(
            Xadd,
            "xadd {left}, {right}",
            "xadd {left:x}, {right:x}",
            "xadd {left:e}, {right:e}",
            "xadd {left}, {right}"
        );
        check!(
            Inc,
            "inc {left} /* {right} */",
            "inc {left:x} /* {right:x} */",
            "inc {left:e} /* {right:e} */",
            "inc {left} /* {right} */"
        );
        check!(
            Dec,
            "dec {left} /* {right} */",
            "dec {left:x} /* {right:x} */",
            "dec {left:e} /* {right:e} */",
            "dec {left} /* {right} */"
        );
        check!(
            Neg,
            "neg {left} /* {right} */",
            "neg {left:x} /* {right:x} */",
            "neg {left:e} /* {right:e} */",
            "neg {left} /* {right} */"
        );
        check!(
            Not,
            "not {left} /* {right} */",
            "not {left:x} /* {right:x} */",
            "not {left:e} /* {right:e} */",
            "not {left} /* {right} */"
        );
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_processor() {
        assert_eq!(compute(Mnemonic::Imul, 8, 3, 4, 0), None);
        assert_eq!(compute(Mnemonic::Adc, 8, 3, 4, 0), None);
    }
}
