//! Numbers of the controllers (CC) that the synth obeys.

/// Modulation wheel: vibrato depth.
pub const MODULATION: u8 = 1;
/// Data entry, coarse: the value of the selected registered parameter.
pub const DATA_ENTRY: u8 = 6;
/// Channel volume.
pub const VOLUME: u8 = 7;
/// Pan: 0 left, 64 middle, 127 right.
pub const PAN: u8 = 10;
/// Expression: a second volume, for swells.
pub const EXPRESSION: u8 = 11;
/// Data entry, fine.
pub const DATA_ENTRY_FINE: u8 = 38;
/// Sustain pedal: down from 64.
pub const SUSTAIN: u8 = 64;
/// Sostenuto pedal: holds the notes that sound when it goes down.
pub const SOSTENUTO: u8 = 66;
/// Soft pedal.
pub const SOFT: u8 = 67;
/// Brightness: the filter, 64 in the middle.
pub const BRIGHTNESS: u8 = 74;
/// Reverb send.
pub const REVERB: u8 = 91;
/// Chorus send.
pub const CHORUS: u8 = 93;
/// Non-registered parameter select, fine and coarse: deselects the registered one.
pub const NRPN_FINE: u8 = 98;
/// See [`NRPN_FINE`].
pub const NRPN_COARSE: u8 = 99;
/// Registered parameter select, fine.
pub const RPN_FINE: u8 = 100;
/// Registered parameter select, coarse.
pub const RPN_COARSE: u8 = 101;
/// All sound off: silence at once.
pub const ALL_SOUND_OFF: u8 = 120;
/// Reset all controllers.
pub const RESET_CONTROLLERS: u8 = 121;
/// All notes off: releases every key; pedals still hold. 124 to 127 imply it.
pub const ALL_NOTES_OFF: u8 = 123;
