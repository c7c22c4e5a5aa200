// SPDX-License-Identifier: MIT
#include "schema/record/waveform.hpp"

namespace relaxd::record {

std::string_view to_word(WaveformKind kind) {
    switch (kind) {
        case WaveformKind::forced: return "forced";
        case WaveformKind::decay: return "decay";
        case WaveformKind::steady: return "steady";
    }
    return "forced";
}

const WaveformChannel* Waveform::channel(std::string_view name) const {
    for (const WaveformChannel& one : channels) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

}  // namespace relaxd::record
