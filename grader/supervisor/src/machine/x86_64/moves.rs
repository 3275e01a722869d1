//! The vector instructions that compilers use to move and clear memory, and the C library to copy
//! it.

use iced_x86::{EncodingKind, Instruction as Decoded, Mnemonic, OpKind, Register};

use super::interpret::{Memory, Step};
use super::vectors::WIDEST;

/// Whether a vector instruction is among those that are done here.
pub(super) fn is_move(decoded: &Decoded) -> bool {
    kind(decoded).is_some() && decoded.op_mask() == Register::None && !decoded.is_broadcast()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A whole register.
    Whole,
    /// The same, where memory must be aligned.
    Aligned,
    /// 4 or 8 bytes, the rest is cleared.
    Lowest,
    /// The lower 8 bytes of 16, the others stay.
    Low,
    /// The upper 8 bytes of 16.
    High,
    /// Bit by bit, whether two differ.
    Differ,
    /// The lower 8 bytes of each of two.
    Together,
    /// The upper parts of all.
    ClearUpper,
}

fn kind(decoded: &Decoded) -> Option<Kind> {
    Some(match decoded.mnemonic() {
        Mnemonic::Movups
        | Mnemonic::Movupd
        | Mnemonic::Movdqu
        | Mnemonic::Vmovups
        | Mnemonic::Vmovupd
        | Mnemonic::Vmovdqu
        | Mnemonic::Vmovdqu8
        | Mnemonic::Vmovdqu16
        | Mnemonic::Vmovdqu32
        | Mnemonic::Vmovdqu64 => Kind::Whole,
        Mnemonic::Movaps
        | Mnemonic::Movapd
        | Mnemonic::Movdqa
        | Mnemonic::Vmovaps
        | Mnemonic::Vmovapd
        | Mnemonic::Vmovdqa
        | Mnemonic::Vmovdqa32
        | Mnemonic::Vmovdqa64 => Kind::Aligned,
        Mnemonic::Movd | Mnemonic::Movq | Mnemonic::Vmovd | Mnemonic::Vmovq => Kind::Lowest,
        // between two registers these leave the rest as it is
        Mnemonic::Movss | Mnemonic::Movsd if decoded.op_count() == 2 && touches_memory(decoded) => Kind::Lowest,
        Mnemonic::Movlps | Mnemonic::Movlpd => Kind::Low,
        Mnemonic::Movhps | Mnemonic::Movhpd => Kind::High,
        Mnemonic::Pxor | Mnemonic::Xorps | Mnemonic::Xorpd | Mnemonic::Vpxor | Mnemonic::Vxorps | Mnemonic::Vxorpd => {
            Kind::Differ
        }
        Mnemonic::Punpcklqdq | Mnemonic::Movlhps => Kind::Together,
        Mnemonic::Vzeroupper => Kind::ClearUpper,
        _ => return None,
    })
}

fn touches_memory(decoded: &Decoded) -> bool {
    (0..decoded.op_count()).any(|operand| decoded.op_kind(operand) == OpKind::Memory)
}

impl<M: Memory> Step<'_, M> {
    /// Does a vector instruction.
    pub(super) fn vector(&mut self) -> Option<()> {
        let kind = kind(self.decoded)?;
        let last = self.decoded.op_count().checked_sub(1);
        match kind {
            Kind::ClearUpper => self.memory.vectors()?.clear_upper(),
            Kind::Whole | Kind::Aligned if last == Some(1) => {
                let size = self.wide(0)?.max(self.wide(1)?);
                let bytes = self.get_bytes(1, size, kind == Kind::Aligned)?;
                self.put_bytes(0, &bytes[..size], kind == Kind::Aligned)?;
            }
            Kind::Lowest if last == Some(1) => {
                let size = self.wide(0)?.min(self.wide(1)?);
                let bytes = self.get_bytes(1, size.min(8), false)?;
                let wide =
                    self.decoded.op0_kind() == OpKind::Register && self.decoded.op0_register().is_vector_register();
                self.put_bytes(0, &bytes[..if wide { 16 } else { size.min(8) }], false)?;
            }
            Kind::Low | Kind::High if last == Some(1) => {
                let at = if kind == Kind::Low { 0 } else { 8 };
                if self.decoded.op0_kind() == OpKind::Memory {
                    let bytes = self.get_bytes(1, 16, false)?;
                    self.put_bytes(0, &bytes[at..at + 8], false)?;
                } else {
                    let half = self.get_bytes(1, 8, false)?;
                    let mut bytes = self.get_bytes(0, 16, false)?;
                    bytes[at..at + 8].copy_from_slice(&half[..8]);
                    self.put_bytes(0, &bytes[..16], false)?;
                }
            }
            Kind::Differ => {
                let last = last?;
                let size = self.wide(0)?;
                let aligned = self.decoded.encoding() == EncodingKind::Legacy;
                let (one, other) = (self.get_bytes(last - 1, size, aligned)?, self.get_bytes(last, size, aligned)?);
                let bytes: [u8; WIDEST] = std::array::from_fn(|index| one[index] ^ other[index]);
                self.put_bytes(0, &bytes[..size], false)?;
            }
            Kind::Together if last == Some(1) => {
                let mut bytes = self.get_bytes(0, 16, false)?;
                let other = self.get_bytes(1, 16, true)?;
                bytes[8..16].copy_from_slice(&other[..8]);
                self.put_bytes(0, &bytes[..16], false)?;
            }
            Kind::Whole | Kind::Aligned | Kind::Lowest | Kind::Low | Kind::High | Kind::Together => return None,
        }
        Some(())
    }

    /// Bytes of an operand.
    fn wide(&self, operand: u32) -> Option<usize> {
        match self.decoded.op_kind(operand) {
            OpKind::Register => Some(self.decoded.op_register(operand).size()),
            OpKind::Memory => Some(self.decoded.memory_size().size()),
            _ => None,
        }
        .filter(|size| *size <= WIDEST)
    }

    /// The lowest `size` bytes of an operand; the rest is zero.
    fn get_bytes(&mut self, operand: u32, size: usize, aligned: bool) -> Option<[u8; WIDEST]> {
        let mut bytes = [0; WIDEST];
        match self.decoded.op_kind(operand) {
            OpKind::Register => {
                let register = self.decoded.op_register(operand);
                if register.is_gpr() {
                    bytes[..8].copy_from_slice(&self.registers.get(register)?.to_le_bytes());
                    bytes[size..].fill(0);
                } else {
                    self.memory.vectors()?.get(register, &mut bytes[..size])?;
                }
            }
            OpKind::Memory => {
                let address = self.address(operand)?;
                if aligned && !address.is_multiple_of(size as u64) {
                    return None;
                }
                self.memory.read(address, &mut bytes[..size])?;
            }
            _ => return None,
        }
        Some(bytes)
    }

    fn put_bytes(&mut self, operand: u32, bytes: &[u8], aligned: bool) -> Option<()> {
        match self.decoded.op_kind(operand) {
            OpKind::Register => {
                let register = self.decoded.op_register(operand);
                if register.is_gpr() {
                    let mut word = [0; 8];
                    word[..bytes.len()].copy_from_slice(bytes);
                    return self.registers.put(register, u64::from_le_bytes(word)).then_some(());
                }
                // instructions of the older kind leave what lies above
                if self.decoded.encoding() == EncodingKind::Legacy {
                    return self.memory.vectors()?.put(register, bytes);
                }
                let mut all = [0; WIDEST];
                all[..bytes.len()].copy_from_slice(bytes);
                self.memory.vectors()?.put_all(register, &all)
            }
            OpKind::Memory => {
                let address = self.address(operand)?;
                if aligned && !address.is_multiple_of(bytes.len() as u64) {
                    return None;
                }
                self.memory.write(address, bytes)
            }
            _ => None,
        }
    }
}
