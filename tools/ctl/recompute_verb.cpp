// SPDX-License-Identifier: MIT
//
// recompute: a stored run's moduli again from raw force, displacement and phase, with the numbers
// that it has or with others. The same code as live (model/geometry).
#include "model/geometry/torsion.hpp"
#include "schema/base/number.hpp"
#include "schema/method/heating_rates.hpp"
#include "schema/table/export.hpp"
#include "tools/ctl/measured_text.hpp"
#include "tools/ctl/run_reduction.hpp"
#include "tools/ctl/verbs.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

model::Measured said(double value, double sigma) {
    model::Measured out;
    out.value = value;
    out.sigma = std::isfinite(sigma) ? sigma : 0.0;
    return out;
}

Result<void> take(const std::string& text, const char* option, model::Measured& number) {
    if (text.empty()) {
        return {};
    }
    const auto given = measured_from(text, option);
    if (!given) {
        return fail(given.error());
    }
    number = *given;
    return {};
}

Result<void> take_options(const Recompute& asked, model::ReductionInput& input) {
    model::ClampNumbers& n = input.numbers;
    Result<void> done = take(asked.clamp_factor, "--clamp-factor", n.clamp_factor);
    done = done ? take(asked.poisson_ratio, "--poisson", n.poisson_ratio) : done;
    done = done ? take(asked.compliance, "--compliance", n.compliance_m_per_N) : done;
    done = done ? take(asked.mass, "--clamp-mass", n.mass_kg) : done;
    input.recomputes = input.recomputes || !asked.clamp_factor.empty() ||
                       !asked.poisson_ratio.empty() || !asked.compliance.empty() ||
                       !asked.mass.empty() || !asked.calibrations.empty();
    return done;
}

Result<std::vector<record::Calibration>> sets_of(
    store::RunReader& reader, const Recompute& asked, std::vector<model::SetReference> wanted
) {
    if (!asked.calibrations.empty()) {
        wanted.clear();
        for (const std::string& name : asked.calibrations) {
            model::SetReference one;
            const auto at = name.rfind('@');
            one.name = name.substr(0, at);
            one.version = at == std::string::npos ? 0 : to_count(name.substr(at + 1)).value_or(0);
            wanted.push_back(std::move(one));
        }
    }
    std::vector<record::Calibration> sets;
    for (const model::SetReference& one : wanted) {
        auto set = reader.calibration(one.name, one.version);
        if (!set) {
            return fail(set.error());
        }
        sets.push_back(std::move(*set));
    }
    return sets;
}

std::vector<double> rates_of(const record::Run& run) {
    const auto method = method::parse(run.method);
    const auto executed = method ? method::expand(*method)
                                 : Result<std::vector<method::Executed>>(fail(method.error()));
    return executed ? method::heating_rates(*executed) : std::vector<double>{};
}

std::string lines_of(const std::vector<record::RunFact>& facts) {
    std::string text;
    for (const record::RunFact& fact : facts) {
        if (fact.name == "clamp" || fact.name == "poisson_ratio") {
            continue;  // written with the specimen, or below
        }
        text += "# recomputed_" + fact.name + ": ";
        if (std::isfinite(fact.value)) {
            text += to_text(fact.value);
            text += fact.sigma > 0.0 ? " +- " + to_text(fact.sigma) : "";
        }
        text += (std::isfinite(fact.value) && !fact.text.empty() ? " " : "") + fact.text + "\n";
    }
    return text;
}

/// What the run's sets were, by its facts.
std::vector<model::SetReference> recorded_sets(const std::vector<record::RunFact>& facts) {
    return model::reduction_from(facts).sets;
}

/// Their raw periods beside the points that have some.
Result<void> attach_waveforms(
    store::RunReader& reader, std::int64_t run_id, std::vector<record::Point>& points
) {
    auto raw = reader.waveforms(run_id, 0, all);
    if (!raw) {
        return fail(raw.error());
    }
    if (raw->empty()) {
        return fail(
            Errc::not_found,
            "the run has no raw periods",
            "run " + std::to_string(run_id),
            "use `relaxctl recompute`, which needs none"
        );
    }
    auto point = points.begin();
    for (store::StoredWaveform& one : *raw) {
        while (point != points.end() && point->seq < one.seq) {
            ++point;
        }
        if (point != points.end() && point->seq == one.seq) {
            point->reading.waveform =
                std::make_shared<const record::Waveform>(std::move(one.waveform));
        }
    }
    return {};
}

Result<std::string> recomputed_torsion(
    store::RunReader& reader,
    const Recompute& asked,
    const record::Run& run,
    const record::Specimen& specimen,
    std::vector<record::RunFact> facts
) {
    if (!(asked.clamp_factor + asked.poisson_ratio + asked.compliance + asked.mass).empty()) {
        return fail(
            Errc::invalid,
            "this is a pendulum's run: clamp factor, Poisson ratio, compliance and clamp mass are "
            "an analyser's",
            asked.run,
            "its numbers are those of the instrument and of calibration sets: --calibration"
        );
    }
    auto sets = sets_of(reader, asked, recorded_sets(facts));
    auto points = sets ? reader.points(run.run_id, 0, all) : fail(sets.error());
    if (!points) {
        return fail(points.error());
    }
    if (asked.from_waveforms) {
        if (const auto done = attach_waveforms(reader, run.run_id, *points); !done) {
            return fail(done.error());
        }
    }
    const auto reduction =
        model::TorsionReduction::make(specimen, std::move(facts), std::move(*sets), rates_of(run));
    if (!reduction) {
        return fail(reduction.error());
    }
    for (record::Point& point : *points) {
        reduction->apply(point.reading);
        point.reading.waveform.reset();
    }
    return lines_of(reduction->facts()) + table::export_csv(run, specimen, *points);
}

Result<std::string> recomputed(store::RunReader& reader, const Recompute& asked) {
    const std::string id = asked.run.starts_with("run:") ? asked.run.substr(4) : asked.run;
    if (auto done = reader.begin_snapshot(); !done) {
        return fail(done.error());
    }
    const auto run = reader.run(id);
    const auto specimen = run ? reader.specimen(run->run_id) : fail(run.error());
    auto facts = specimen ? reader.run_facts(run->run_id) : fail(specimen.error());
    if (facts && model::is_torsion(*facts)) {
        return recomputed_torsion(reader, asked, *run, *specimen, std::move(*facts));
    }
    if (facts && asked.from_waveforms) {
        return fail(
            Errc::refused,
            "run " + id + " is no pendulum's: it has no raw periods",
            asked.run,
            "use `relaxctl recompute`"
        );
    }
    auto recorded = specimen ? recorded_reduction(reader, run->run_id) : fail(specimen.error());
    auto points = recorded ? reader.points(run->run_id, 0, all) : fail(recorded.error());
    if (!points) {
        return fail(points.error());
    }
    auto sets = sets_of(reader, asked, recorded->sets);
    if (!sets) {
        return fail(sets.error());
    }
    recorded->input.sets = std::move(*sets);
    if (const auto done = take_options(asked, recorded->input); !done) {
        return fail(done.error());
    }
    recorded->input.rates_K_per_s = rates_of(*run);
    const auto reduction = model::Reduction::make(std::move(recorded->input));
    if (!reduction) {
        return fail(reduction.error());
    }
    for (record::Point& point : *points) {
        reduction->apply(point.reading);
    }
    const double poisson_ratio = reduction->input().numbers.poisson_ratio.value;
    return lines_of(model::reduction_facts(reduction->input(), "run")) +
           "# recomputed_poisson_ratio: " + rounded(poisson_ratio, 6) + "\n" +
           table::export_csv(*run, *specimen, *points);
}

}  // namespace

Result<model::RecordedReduction> recorded_reduction(store::RunReader& reader, std::int64_t run_id) {
    const auto facts = reader.run_facts(run_id);
    if (!facts) {
        return fail(facts.error());
    }
    model::RecordedReduction out = model::reduction_from(*facts);
    if (!out.input.clamp.empty()) {
        return out;
    }
    const auto specimen = reader.specimen(run_id);
    if (!specimen) {
        return fail(specimen.error());
    }
    out.input.clamp = specimen->clamp;
    model::ClampNumbers& n = out.input.numbers;
    n.length_m = said(specimen->length_m, specimen->length_sigma_m);
    n.width_m = said(specimen->width_m, specimen->width_sigma_m);
    n.thickness_m = said(specimen->thickness_m, specimen->thickness_sigma_m);
    n.poisson_ratio = said(specimen->poisson_ratio, 0.0);
    return out;
}

int recompute_run(const Globals& globals, const Recompute& asked) {
    if (globals.database.empty()) {
        return report(
            globals,
            {Errc::invalid,
             "a run is recomputed from its campaign file",
             "--database",
             "add --database FILE; a file that relaxd holds can be read"}
        );
    }
    auto reader = open_database(globals);
    const auto bytes = reader ? recomputed(*reader, asked) : fail(reader.error());
    if (!bytes) {
        return report(globals, bytes.error());
    }
    return write_output(globals, asked.output, *bytes);
}

}  // namespace relaxd::ctl
