// SPDX-License-Identifier: MIT
#include "drivers/parts/labjack_t7/stream.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::drivers::parts::labjack_t7 {

namespace {

constexpr const char* here = "LabJack T7, stream";
constexpr std::uint16_t dummy = 0xFFFF;

// ljm_constants.json, errors 2940 to 2945.
constexpr unsigned auto_recover_active = 2940;
constexpr unsigned auto_recover_end = 2941;

std::string status_text(unsigned status) {
    switch (status) {
        case 2942:
            return "scans overlap: the rate is too high for the resolution and settling time";
        case 2943: return "more scans were lost than the device can count";
        case 2944: return "it was set to end after some scans";
        case 2945: return "its memory was full and it stopped";
        default: return "status " + std::to_string(status);
    }
}

}  // namespace

Result<void> StreamDecoder::take(const link::Answer& answer) {
    Result<Words> words = decode_words(answer.frame);
    if (!words) {
        return fail(words.error());
    }
    if (words->size() < stream_header_words ||
        words->size() - stream_header_words < words->front()) {
        return fail(
            Errc::corrupt,
            "a reply of " + std::to_string(words->size()) + " registers announces " +
                std::to_string(words->empty() ? 0U : unsigned{words->front()}) + " samples",
            here
        );
    }
    const std::size_t samples = (*words)[0];
    const std::size_t backlog_bytes = (*words)[1];
    const unsigned status = (*words)[2];
    const std::uint64_t lost = status == auto_recover_end ? (*words)[3] : 0U;
    if (backlog_bytes % 2 != 0 || backlog_bytes > stream_buffer_bytes) {
        return fail(
            Errc::corrupt, "a backlog of " + std::to_string(backlog_bytes) + " bytes", here
        );
    }
    if (status != 0 && status != auto_recover_active && status != auto_recover_end) {
        return fail(Errc::corrupt, "the device ended the stream: " + status_text(status), here);
    }
    if (status == auto_recover_end && lost == 0) {
        return fail(Errc::corrupt, "scans were lost, and the device does not say how many", here);
    }
    backlog_samples_ = backlog_bytes / 2;
    is_drained_ = backlog_bytes == 0;
    const auto begin = words->begin() + stream_header_words;
    rest_.insert(rest_.end(), begin, begin + static_cast<std::ptrdiff_t>(samples));
    return take_scans(answer, lost);
}

Result<void> StreamDecoder::take_scans(const link::Answer& answer, std::uint64_t lost) {
    const std::size_t scans = rest_.size() / inputs_;
    const auto scan_at = [this](std::size_t i) {
        return rest_.begin() + static_cast<std::ptrdiff_t>(i * inputs_);
    };
    const auto is_dummy = [&](std::size_t i) {
        return std::all_of(scan_at(i), scan_at(i + 1), [](auto code) { return code == dummy; });
    };
    std::size_t marks = 0;
    for (std::size_t i = 0; i < scans && lost > 0; ++i) {
        marks += is_dummy(i) ? 1 : 0;
    }
    if (lost > 0 && marks != 1) {
        return fail(
            Errc::corrupt,
            std::to_string(lost) + " scans were lost, and " + std::to_string(marks) +
                " places are marked for them",
            here
        );
    }
    SampleBlock block;
    for (std::size_t i = 0; i < scans; ++i) {
        if (lost > 0 && is_dummy(i)) {
            put(block, answer);
            SampleBlock gap;
            gap.is_lost = true;
            gap.scans = lost;  // the mark stands for one of them
            put(gap, answer);
            continue;
        }
        block.codes.insert(block.codes.end(), scan_at(i), scan_at(i + 1));
        ++block.scans;
    }
    put(block, answer);
    rest_.erase(rest_.begin(), scan_at(scans));
    // How many wait behind each block: what follows in this reply, and what the device still has.
    std::uint64_t behind = (rest_.size() + backlog_samples_) / inputs_;
    for (auto one = blocks_.rbegin(); one != blocks_.rend(); ++one) {
        one->waiting = behind;
        behind += one->scans;
    }
    return {};
}

void StreamDecoder::put(SampleBlock& block, const link::Answer& answer) {
    if (block.scans > 0) {
        block.first_scan = scans_;
        scans_ += block.scans;
        block.received_steady = answer.received;
        block.received_utc = answer.received_utc;
        if (!block.is_lost) {
            newest_.assign(
                block.codes.end() - static_cast<std::ptrdiff_t>(inputs_), block.codes.end()
            );
        }
        blocks_.push_back(std::move(block));
    }
    block = SampleBlock();
}

std::optional<SampleBlock> StreamDecoder::next() {
    if (blocks_.empty()) {
        return std::nullopt;
    }
    SampleBlock block = std::move(blocks_.front());
    blocks_.pop_front();
    return block;
}

}  // namespace relaxd::drivers::parts::labjack_t7
