// SPDX-License-Identifier: MIT
//
// calibration make: a set from stored runs or from a list of melting onsets. Only raw force,
// displacement and phase of a run are read, whatever it was corrected with.
#include "model/geometry/calibrate.hpp"
#include "model/geometry/reduction.hpp"
#include "model/geometry/torsion_machine.hpp"
#include "schema/base/number.hpp"
#include "schema/record/estimate_rows.hpp"
#include "schema/table/table.hpp"
#include "schema/wire/calibration.hpp"
#include "tools/ctl/calibration_make_pendulum.hpp"
#include "tools/ctl/measured_text.hpp"
#include "tools/ctl/run_reduction.hpp"
#include "tools/ctl/verbs.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace relaxd::ctl {

namespace {

using record::Channel;

constexpr double seconds_a_minute = 60.0;
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

/// A run that a set is made from.
struct Source {
    model::RawRun raw;
    model::ClampNumbers numbers;
    std::string clamp;
    std::string instrument;
    std::string serial_number;
};

/// What the analyser showed. Points that an earlier set marked are as good as any here.
std::optional<model::RawReading> raw_reading(record::Reading reading) {
    model::Reduction().apply(reading);
    const record::Channels& values = reading.values;
    if (record::is_unfit(reading.flags) || !(values[Channel::frequency_Hz] > 0.0)) {
        return std::nullopt;
    }
    model::RawReading out;
    out.frequency_Hz = values[Channel::frequency_Hz];
    out.temperature_K = values[Channel::temperature_K];
    out.force_N = values[Channel::dynamic_force_N];
    out.displacement_m = values[Channel::displacement_m];
    out.phase_rad = values[Channel::phase_rad];
    return out;
}

Result<Source> source_of(store::RunReader& reader, const std::string& id) {
    const auto run = reader.run(id);
    if (!run) {
        return fail(run.error());
    }
    const auto points = reader.points(run->run_id, 0, all);
    const auto serial = reader.fact(run->run_id, "instrument_serial_number");
    auto recorded = recorded_reduction(reader, run->run_id);
    if (!points || !serial || !recorded) {
        return fail(!points ? points.error() : !serial ? serial.error() : recorded.error());
    }
    Source out;
    out.raw.uuid = run->uuid;
    out.numbers = recorded->input.numbers;
    out.clamp = recorded->input.clamp;
    out.instrument = run->instrument;
    out.serial_number = serial->value_or("");
    for (const record::Point& point : *points) {
        if (auto one = raw_reading(point.reading)) {
            out.raw.readings.push_back(*one);
        }
    }
    return out;
}

Result<std::vector<Source>> sources_of(const Globals& globals, const MakeCalibration& asked) {
    auto reader = open_database(globals);
    if (!reader) {
        return fail(reader.error());
    }
    std::vector<Source> sources;
    for (const std::string& id : asked.runs) {
        auto source = source_of(*reader, id.starts_with("run:") ? id.substr(4) : id);
        if (!source) {
            return fail(source.error());
        }
        if (!sources.empty() && (source->serial_number != sources.front().serial_number ||
                                 source->clamp != sources.front().clamp)) {
            return fail(
                Errc::invalid,
                "the runs are of different instruments or clamps",
                "--run " + id,
                "a set is of one instrument and one clamp"
            );
        }
        sources.push_back(std::move(*source));
    }
    if (sources.empty()) {
        return fail(
            Errc::invalid,
            "a set of kind " + asked.kind + " is made from stored runs",
            "--run",
            "name at least one: --run ID"
        );
    }
    return sources;
}

void take_origin(record::Calibration& set, const Source& source) {
    set.instrument = source.instrument;
    set.serial_number = source.serial_number;
    set.clamp = source.clamp;
}

Result<model::MadeCalibration> make_empty(const Globals& globals, const MakeCalibration& asked) {
    auto sources = sources_of(globals, asked);
    if (!sources) {
        return fail(sources.error());
    }
    std::vector<model::RawRun> runs;
    for (Source& source : *sources) {
        runs.push_back(std::move(source.raw));
    }
    auto made = model::calibrate_empty(runs);
    if (made) {
        take_origin(made->set, sources->front());
    }
    return made;
}

Result<model::MadeCalibration> make_steel(const Globals& globals, const MakeCalibration& asked) {
    model::BarModulus modulus;
    const auto given = measured_from(asked.modulus, "--modulus");
    if (asked.modulus.empty() || !given) {
        return fail(
            Errc::invalid,
            "the bars' modulus must be known, with its standard deviation",
            "--modulus",
            "for example --modulus 2.0e11+-1e9 (Pa, at 25 degC)"
        );
    }
    modulus.modulus_Pa = *given;
    modulus.tan_delta = asked.tan_delta;
    modulus.slope_per_K = asked.slope_per_K;
    auto sources = sources_of(globals, asked);
    if (!sources) {
        return fail(sources.error());
    }
    std::optional<record::Calibration> empty;
    if (!asked.with.empty()) {
        auto reader = open_database(globals);
        auto found = reader ? reader->calibration(asked.with) : fail(reader.error());
        if (!found) {
            return fail(found.error());
        }
        if (found->kind != "empty") {
            return fail(
                Errc::invalid,
                asked.with + " is of kind " + found->kind,
                "--with",
                "name an empty one"
            );
        }
        if (found->serial_number != sources->front().serial_number ||
            found->clamp != sources->front().clamp) {
            return fail(
                Errc::invalid,
                asked.with + " is of another instrument or clamp than the runs",
                "--with",
                "an empty run counts with the clamp and the instrument that it was made on"
            );
        }
        empty = std::move(*found);
    }
    std::vector<model::BarRun> bars;
    for (const Source& source : *sources) {
        bars.push_back({source.raw, source.numbers});
    }
    auto made =
        model::calibrate_bars(sources->front().clamp, bars, modulus, empty ? &*empty : nullptr);
    if (made) {
        take_origin(made->set, sources->front());
    }
    return made;
}

double cell_of(const record::Reading& row, const char* name) {
    const auto found = row.extra.find(name);
    return found == row.extra.end() ? 0.0 : found->second;
}

Result<model::MadeCalibration> make_temperature(const MakeCalibration& asked) {
    if (asked.onsets.empty()) {
        return fail(
            Errc::invalid,
            "a temperature set is made from melting onsets",
            "--onsets",
            "a CSV with columns true_K, onset_K, rate_K_per_min (and onset_sigma_K)"
        );
    }
    const auto text = read_file(asked.onsets);
    const auto table = text ? table::read_csv(*text, asked.onsets) : fail(text.error());
    if (!table) {
        return fail(table.error());
    }
    std::vector<model::Onset> onsets;
    for (const record::Reading& row : table->rows) {
        model::Onset one;
        one.true_K = cell_of(row, "true_K");
        one.shown_K = cell_of(row, "onset_K");
        one.sigma_K = cell_of(row, "onset_sigma_K");
        one.rate_K_per_s = cell_of(row, "rate_K_per_min") / seconds_a_minute;
        onsets.push_back(one);
    }
    auto made = model::calibrate_temperature(onsets);
    if (made) {
        made->set.clamp = asked.clamp;
        made->set.instrument = asked.instrument;
        made->set.serial_number = asked.serial_number;
    }
    return made;
}

Result<model::MadeCalibration> make_one(const Globals& globals, const MakeCalibration& asked) {
    if (asked.kind == "empty") {
        return make_empty(globals, asked);
    }
    if (asked.kind == "steel") {
        return make_steel(globals, asked);
    }
    if (asked.kind == "temperature") {
        return make_temperature(asked);
    }
    if (asked.kind == model::kind_pendulum_empty || asked.kind == model::kind_pendulum_bar) {
        return make_pendulum_set(globals, asked);
    }
    return fail(
        Errc::invalid,
        "there is no kind \"" + asked.kind + "\" of calibration set",
        "--kind",
        "empty, steel, temperature, pendulum_empty or pendulum_bar"
    );
}

}  // namespace

int make_calibration(const Globals& globals, const MakeCalibration& asked) {
    auto made = make_one(globals, asked);
    if (!made) {
        return report(globals, made.error());
    }
    record::Calibration& set = made->set;
    set.name = asked.name;
    set.made_utc = SystemClock().utc();
    if (!asked.notes.empty()) {
        set.notes += (set.notes.empty() ? "" : "; ") + asked.notes;
    }
    for (const std::string& warning : made->warnings) {
        set.notes += (set.notes.empty() ? "" : "; ") + warning;
    }
    auto store = store::RunStore::open(globals.database);
    if (!store) {
        return report(globals, store.error());
    }
    const auto stored = store->make_calibration(std::move(set));
    if (!stored) {
        return report(globals, stored.error());
    }
    for (const std::string& warning : made->warnings) {
        say("warning: " + warning);
    }
    if (globals.json) {
        json::object body = wire::to_json(*stored, false);
        body["warnings"] = json::array(made->warnings.begin(), made->warnings.end());
        print_json(body);
    } else {
        print(stored->name + " version " + std::to_string(stored->version));
    }
    return exit_done;
}

}  // namespace relaxd::ctl
