//! The audio thread's priority.

use audio_thread_priority::promote_current_thread_to_real_time;

/// Asks for real-time priority for this thread, and tells whether it was given.
///
/// Called once, in the first callback: it makes a few system calls.
pub(crate) fn raise(buffer_frames: u32, sample_rate: u32) -> bool {
    // The handle is for going back, which an audio thread never does.
    promote_current_thread_to_real_time(buffer_frames, sample_rate).is_ok()
}
