//! The plain arithmetic of the processor, flags included: what counters and locks are made of.
//! Everything else the processor does itself.

use iced_x86::Mnemonic;

/// Flags that arithmetic changes, as bits of the flags' register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Flag {
    Carry = 1,
    Parity = 1 << 2,
    Adjust = 1 << 4,
    Zero = 1 << 6,
    Sign = 1 << 7,
    Overflow = 1 << 11,
}

/// Whether a flag is set.
pub(super) fn has(flags: u64, flag: Flag) -> bool {
    flags & flag as u64 != 0
}

const CARRY: u64 = Flag::Carry as u64;
const PARITY: u64 = Flag::Parity as u64;
const ADJUST: u64 = Flag::Adjust as u64;
const ZERO: u64 = Flag::Zero as u64;
const SIGN: u64 = Flag::Sign as u64;
const OVERFLOW: u64 = Flag::Overflow as u64;
const ALL: u64 = CARRY | PARITY | ADJUST | ZERO | SIGN | OVERFLOW;

/// What became of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Computed {
    /// What the first operand becomes; `None` for comparisons.
    pub(super) value: Option<u64>,
    /// The flags' register.
    pub(super) flags: u64,
}

/// Whether it can be done by [`compute`].
pub(super) fn is_plain(mnemonic: Mnemonic) -> bool {
    matches!(
        mnemonic,
        Mnemonic::Add
            | Mnemonic::Xadd
            | Mnemonic::Sub
            | Mnemonic::Cmp
            | Mnemonic::Inc
            | Mnemonic::Dec
            | Mnemonic::Neg
            | Mnemonic::And
            | Mnemonic::Test
            | Mnemonic::Or
            | Mnemonic::Xor
            | Mnemonic::Not
            | Mnemonic::Shl
            | Mnemonic::Shr
            | Mnemonic::Sar
    )
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
        Mnemonic::Sub | Mnemonic::Cmp => difference(left, right),
        Mnemonic::Inc => keeping(sum(left, 1)),
        Mnemonic::Dec => keeping(difference(left, 1)),
        Mnemonic::Neg => difference(0, left),
        Mnemonic::And | Mnemonic::Test => (left & right, 0),
        Mnemonic::Or => (left | right, 0),
        Mnemonic::Xor => (left ^ right, 0),
        Mnemonic::Shl | Mnemonic::Shr | Mnemonic::Sar => {
            // by as many places as the operand has bits, more or less: the rest is not looked at
            let places = right & if size == 8 { 63 } else { 31 };
            if places == 0 {
                return Some(Computed { value: Some(left), flags });
            }
            return Some(shift(mnemonic, bits, left, places, flags));
        }
        Mnemonic::Not => return Some(Computed { value: Some(!left & mask), flags }),
        _ => return None,
    };
    let changed = changed
        | flag(ZERO, value == 0)
        | flag(SIGN, is_negative(value))
        | flag(PARITY, (value & 0xff).count_ones().is_multiple_of(2));
    let compares = matches!(mnemonic, Mnemonic::Cmp | Mnemonic::Test);
    Some(Computed { value: (!compares).then_some(value), flags: flags & !ALL | changed })
}

/// Shifts `left`, of so many bits, by 1 to 63 places. Of the flags, the adjust flag is undefined,
/// and so is the overflow flag where it is more than one place.
fn shift(mnemonic: Mnemonic, bits: u32, left: u64, places: u64, flags: u64) -> Computed {
    let mask = u64::MAX >> (64 - bits);
    let top = |value: u64| value >> (bits - 1) & 1 == 1;
    let wide = u128::from(left);
    let (value, carry, overflow) = match mnemonic {
        Mnemonic::Shl => {
            let shifted = wide << places;
            #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
            let value = shifted as u64 & mask;
            let carry = shifted >> bits & 1 == 1;
            (value, carry, top(value) != carry)
        }
        Mnemonic::Shr => ((wide >> places) as u64, wide >> (places - 1) & 1 == 1, top(left)),
        _ => {
            let unused = 64 - bits;
            let signed = i128::from((left << unused).cast_signed() >> unused);
            ((signed >> places) as u64 & mask, signed >> (places - 1) & 1 == 1, false)
        }
    };
    let changed = flag(CARRY, carry)
        | flag(OVERFLOW, overflow)
        | flag(ZERO, value == 0)
        | flag(SIGN, top(value))
        | flag(PARITY, (value & 0xff).count_ones().is_multiple_of(2));
    Computed { value: Some(value), flags: flags & !ALL | changed }
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
                    out("rcx") _,
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

    /// The count is in `cl`; flags that are undefined are not compared.
    macro_rules! check_shift {
        ($mnemonic:ident, $byte:literal, $word:literal, $double:literal, $quad:literal) => {
            for left in operands() {
                for places in [0, 1, 2, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255] {
                    let before = 0x202 | CARRY;
                    let real = [
                        processor!($byte, reg_byte, u8, left, places, before),
                        processor!($word, reg, u16, left, places, before),
                        processor!($double, reg, u32, left, places, before),
                        processor!($quad, reg, u64, left, places, before),
                    ];
                    for (size, (value, flags)) in [1u32, 2, 4, 8].into_iter().zip(real) {
                        let ours = compute(Mnemonic::$mnemonic, size, left, places, before).expect("a plain one");
                        let counted = places & if size == 8 { 63 } else { 31 };
                        let mut defined = ALL & !ADJUST;
                        if counted != 1 {
                            defined &= !OVERFLOW;
                        }
                        if counted > u64::from(size) * 8 {
                            defined &= !CARRY;
                        }
                        assert_eq!(ours.value, Some(value), "{left:x} {places} {size}");
                        assert_eq!(ours.flags & defined, flags & defined, "{left:x} {places} {size}");
                    }
                }
            }
        };
    }

    #[test]
    fn shifts_are_what_the_processor_makes_of_them() {
        check_shift!(
            Shl,
            "mov cl, {right}\nshl {left}, cl",
            "mov cl, {right:l}\nshl {left:x}, cl",
            "mov cl, {right:l}\nshl {left:e}, cl",
            "mov cl, {right:l}\nshl {left}, cl"
        );
        check_shift!(
            Shr,
            "mov cl, {right}\nshr {left}, cl",
            "mov cl, {right:l}\nshr {left:x}, cl",
            "mov cl, {right:l}\nshr {left:e}, cl",
            "mov cl, {right:l}\nshr {left}, cl"
        );
        check_shift!(
            Sar,
            "mov cl, {right}\nsar {left}, cl",
            "mov cl, {right:l}\nsar {left:x}, cl",
            "mov cl, {right:l}\nsar {left:e}, cl",
            "mov cl, {right:l}\nsar {left}, cl"
        );
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_processor() {
        assert_eq!(compute(Mnemonic::Imul, 8, 3, 4, 0), None);
        assert_eq!(compute(Mnemonic::Adc, 8, 3, 4, 0), None);
    }
}
