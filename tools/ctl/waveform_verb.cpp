// SPDX-License-Identifier: MIT
//
// waveform: the raw periods of a run's points as CSV, one row a sample, in the digitiser's volts.
#include "schema/base/number.hpp"
#include "tools/ctl/verbs.hpp"

#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t page = 64;  // waveforms in memory at a time

void add_rows(std::string& text, std::uint64_t seq, const record::Waveform& waveform) {
    text += "# seq: " + std::to_string(seq) + "\n# kind: ";
    text += record::to_word(waveform.kind);
    text += "\n# rate_Hz: " + to_text(waveform.rate_Hz) + "\n";
    if (waveform.frequency_Hz > 0.0) {
        text += "# drive_frequency_Hz: " + to_text(waveform.frequency_Hz) + "\n";
    }
    text += "seq,time_s";
    for (const record::WaveformChannel& channel : waveform.channels) {
        text += "," + channel.name + "_V";
    }
    text += "\n";
    const std::string prefix = std::to_string(seq) + ",";
    for (std::size_t i = 0; i < waveform.samples(); ++i) {
        const double time_s = waveform.first_time_s + static_cast<double>(i) / waveform.rate_Hz;
        text += prefix + to_text(time_s);
        for (const record::WaveformChannel& channel : waveform.channels) {
            text += "," + to_text(channel.volt(i));
        }
        text += "\n";
    }
}

Result<std::string> rows_of(store::RunReader& reader, const WaveformVerb& asked) {
    const auto run = reader.run(asked.run.starts_with("run:") ? asked.run.substr(4) : asked.run);
    if (!run) {
        return fail(run.error());
    }
    std::string text;
    std::uint64_t after = asked.seq > 0 ? asked.seq - 1 : 0;
    while (true) {
        const auto some = reader.waveforms(run->run_id, after, asked.seq > 0 ? 1 : page);
        if (!some) {
            return fail(some.error());
        }
        for (const store::StoredWaveform& one : *some) {
            if (asked.seq == 0 || one.seq == asked.seq) {
                add_rows(text, one.seq, one.waveform);
            }
            after = one.seq;
        }
        if (some->empty() || asked.seq > 0) {
            break;
        }
    }
    if (text.empty()) {
        return fail(
            Errc::not_found,
            asked.seq > 0
                ? "the point with seq " + std::to_string(asked.seq) + " has no raw periods"
                : "run " + std::to_string(run->run_id) + " has no raw periods",
            asked.run,
            "only readings of a digitiser have them (view v_waveform)"
        );
    }
    return text;
}

}  // namespace

int print_waveforms(const Globals& globals, const WaveformVerb& asked) {
    if (globals.database.empty()) {
        return report(
            globals,
            {Errc::invalid,
             "raw periods are read from the campaign file",
             "--database",
             "add --database FILE; a file that relaxd holds can be read"}
        );
    }
    auto reader = open_database(globals);
    const auto bytes = reader ? rows_of(*reader, asked) : fail(reader.error());
    if (!bytes) {
        return report(globals, bytes.error());
    }
    return write_output(globals, asked.output, *bytes);
}

}  // namespace relaxd::ctl
