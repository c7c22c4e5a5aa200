// SPDX-License-Identifier: MIT
//
// Only what torque and angle showed is read of a run, whatever it was corrected with.
#include "tools/ctl/calibration_make_pendulum.hpp"

#include "model/geometry/calibrate_torsion.hpp"
#include "schema/record/estimate_rows.hpp"
#include "tools/ctl/measured_text.hpp"
#include "tools/ctl/run_reduction.hpp"

#include <limits>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

struct Source {
    model::TorsionRun run;
    record::Specimen specimen;
    std::vector<record::RunFact> facts;
    std::string instrument;
    std::string serial_number;
};

Result<Source> source_of(store::RunReader& reader, const std::string& id) {
    const auto run = reader.run(id);
    if (!run) {
        return fail(run.error());
    }
    auto facts = reader.run_facts(run->run_id);
    auto specimen = facts ? reader.specimen(run->run_id) : fail(facts.error());
    const auto points = specimen ? reader.points(run->run_id, 0, all) : fail(specimen.error());
    const auto serial =
        points ? reader.fact(run->run_id, "instrument_serial_number") : fail(points.error());
    const auto scale = serial ? model::pendulum_scale(*facts) : fail(serial.error());
    if (!scale) {
        return fail(scale.error());
    }
    Source out;
    out.run.uuid = run->uuid;
    out.run.scale = *scale;
    out.run.inertia_kg_m2 = model::fact_of(*facts, "inertia_kg_m2");
    out.instrument = run->instrument;
    out.serial_number = serial->value_or("");
    for (const record::Point& point : *points) {
        std::string flags;
        const auto shown = model::torsion_shown(point.reading, *scale, &flags);
        if (shown && !record::is_unfit(flags)) {
            out.run.readings.push_back(*shown);
        }
    }
    out.specimen = std::move(*specimen);
    out.facts = std::move(*facts);
    return out;
}

Result<std::vector<Source>> sources_of(store::RunReader& reader, const MakeCalibration& asked) {
    std::vector<Source> sources;
    for (const std::string& id : asked.runs) {
        auto source = source_of(reader, id.starts_with("run:") ? id.substr(4) : id);
        if (!source) {
            return fail(source.error());
        }
        if (!sources.empty() && source->serial_number != sources.front().serial_number) {
            return fail(
                Errc::invalid,
                "the runs are of different instruments",
                "--run " + id,
                "a set is of one pendulum"
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

/// The empty pendulum that the bars are measured with: a set, or the instrument's own numbers.
struct Empty {
    model::PendulumBackground background;
    std::string name;
};

Result<Empty> empty_of(
    store::RunReader& reader, const MakeCalibration& asked, const Source& source
) {
    Empty out;
    if (asked.with.empty()) {
        if (!(source.run.inertia_kg_m2.value > 0.0)) {
            return fail(
                Errc::invalid,
                "the pendulum's inertia is not known",
                "--with",
                "name a set of kind pendulum_empty"
            );
        }
        out.background = model::nominal_background(source.facts);
        out.name = "the instrument's own numbers";
        return out;
    }
    const auto found = reader.calibration(asked.with);
    if (!found) {
        return fail(found.error());
    }
    if (found->kind != model::kind_pendulum_empty) {
        return fail(
            Errc::invalid,
            asked.with + " is of kind " + found->kind,
            "--with",
            "name one of kind pendulum_empty"
        );
    }
    if (found->serial_number != source.serial_number) {
        return fail(
            Errc::invalid,
            asked.with + " is of another instrument than the runs",
            "--with",
            "an empty pendulum counts on the instrument that it was measured on"
        );
    }
    auto background = model::background_of(*found, model::scale_ratio(*found, source.run.scale));
    if (!background) {
        return fail(background.error());
    }
    out.background = std::move(*background);
    out.name = found->name + " version " + std::to_string(found->version);
    return out;
}

Result<model::MadeCalibration> make_bars(
    store::RunReader& reader, const MakeCalibration& asked, std::vector<Source> sources
) {
    const auto given = measured_from(asked.modulus, "--modulus");
    if (asked.modulus.empty() || !given) {
        return fail(
            Errc::invalid,
            "the bars' shear modulus must be known, with its standard deviation",
            "--modulus",
            "for example --modulus 8.0e10+-5e8 (G in Pa, at 25 degC)"
        );
    }
    model::BarModulus modulus;
    modulus.modulus_Pa = *given;
    modulus.tan_delta = asked.tan_delta;
    modulus.slope_per_K = asked.slope_per_K;
    const auto empty = empty_of(reader, asked, sources.front());
    if (!empty) {
        return fail(empty.error());
    }
    std::vector<model::TorsionBarRun> bars;
    for (Source& source : sources) {
        model::TorsionBarRun bar;
        bar.run = std::move(source.run);
        bar.bar = std::move(source.specimen);
        bars.push_back(std::move(bar));
    }
    return model::calibrate_pendulum_bars(bars, modulus, empty->background, empty->name);
}

}  // namespace

Result<model::MadeCalibration> make_pendulum_set(
    const Globals& globals, const MakeCalibration& asked
) {
    auto reader = open_database(globals);
    auto sources = reader ? sources_of(*reader, asked) : fail(reader.error());
    if (!sources) {
        return fail(sources.error());
    }
    const std::string instrument = sources->front().instrument;
    const std::string serial_number = sources->front().serial_number;
    Result<model::MadeCalibration> made = fail(Errc::internal, "not made");
    if (asked.kind == model::kind_pendulum_empty) {
        std::vector<model::TorsionRun> runs;
        for (Source& source : *sources) {
            runs.push_back(std::move(source.run));
        }
        made = model::calibrate_pendulum_empty(runs);
    } else {
        made = make_bars(*reader, asked, std::move(*sources));
    }
    if (made) {
        made->set.instrument = instrument;
        made->set.serial_number = serial_number;
    }
    return made;
}

}  // namespace relaxd::ctl
