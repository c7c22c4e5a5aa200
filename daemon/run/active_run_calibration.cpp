// SPDX-License-Identifier: MIT
//
// What a run's readings are corrected with: recorded before the first of them, taken up again after
// a restart, and told to the fits as what all readings have in common.
#include "daemon/run/active_run.hpp"
#include "daemon/run/reduction_input.hpp"
#include "schema/base/number.hpp"
#include "schema/method/heating_rates.hpp"
#include "schema/record/geometry_error.hpp"

#include <cmath>
#include <utility>

namespace relaxd::daemon {

namespace {

std::string per_cent(double share) {
    return to_text(std::round(share * 1e4) / 100.0) + " %";
}

record::RunFact number_fact(const char* name, double value, const char* unit) {
    record::RunFact fact;
    fact.name = name;
    fact.value = value;
    fact.unit = unit;
    fact.source = "relaxd";
    return fact;
}

}  // namespace

void ActiveRun::put_facts(std::vector<record::RunFact> facts) {
    const std::int64_t run_id = identity_.run_id;
    house_.store->post(
        "facts of run=" + log_name(),
        [run_id, facts = std::move(facts)](Campaign& campaign) {
            return campaign.put_run_facts(run_id, facts);
        }
    );
}

/// A pendulum's: its own numbers and its calibration sets; the daemon computes all moduli.
void ActiveRun::begin_torsion(const std::vector<record::RunFact>& instrument_facts) {
    auto made = model::TorsionReduction::make(
        identity_.specimen,
        instrument_facts,
        identity_.sets,
        method::heating_rates(identity_.executed)
    );
    std::string trouble = identity_.sets_told;
    if (!made) {
        trouble += (trouble.empty() ? "" : "; ") + made.error().sentence() +
                   ": torque and angle are recorded, moduli are not computed";
    }
    if (!trouble.empty()) {
        record_event(record::Severity::minor, calibration_event_code, trouble);
    }
    std::vector<record::RunFact> facts = made ? made->facts() : instrument_facts;
    for (record::RunFact& fact : method_facts(identity_.method)) {
        facts.push_back(std::move(fact));
    }
    put_facts(std::move(facts));
    intake_.reduce_with(made ? std::move(*made) : model::TorsionReduction());
}

void ActiveRun::begin_reduction(const drivers::Geometry& in_force) {
    if (const auto facts = session_.instrument().facts(); !facts.empty()) {
        begin_torsion(facts);
        return;
    }
    model::ReductionInput input;
    input.clamp = identity_.specimen.clamp;
    input.sets = identity_.sets;
    input.rates_K_per_s = method::heating_rates(identity_.executed);
    std::string trouble = identity_.sets_told;
    if (auto numbers = clamp_numbers(identity_.specimen, in_force)) {
        input.numbers = *numbers;
    } else {
        trouble += (trouble.empty() ? "" : "; ") + numbers.error().sentence();
    }
    auto made = model::Reduction::make(input);
    if (!made) {
        // What needs no dimension is still corrected.
        trouble += (trouble.empty() ? "" : "; ") + made.error().message +
                   ": moduli stay the instrument's own";
        std::erase_if(input.sets, [](const record::Calibration& set) {
            return set.kind != "temperature";
        });
        input.numbers.clamp_factor = {1.0, 0.0};
        input.numbers.compliance_m_per_N = {0.0, 0.0};
        input.numbers.mass_kg = {0.0, 0.0};
        made = model::Reduction::make(input);
    }
    if (!trouble.empty()) {
        record_event(record::Severity::minor, calibration_event_code, trouble);
    }
    if (!made) {
        return;  // nothing is left that could fail
    }
    std::vector<record::RunFact> facts = model::reduction_facts(made->input(), "specimen");
    for (record::RunFact& fact : method_facts(identity_.method)) {
        facts.push_back(std::move(fact));
    }
    put_facts(std::move(facts));
    intake_.reduce_with(std::move(*made));
}

void ActiveRun::continue_torsion(const StoredReduction& stored) {
    auto made = model::TorsionReduction::make(
        identity_.specimen, stored.facts, stored.sets, method::heating_rates(identity_.executed)
    );
    if (!made) {
        record_event(
            record::Severity::major,
            calibration_event_code,
            "what the run's moduli were computed with cannot be read (" + made.error().message +
                "): torque and angle are recorded, moduli are not computed from here on"
        );
    }
    intake_.reduce_with(made ? std::move(*made) : model::TorsionReduction());
}

void ActiveRun::continue_reduction(const StoredReduction& stored) {
    if (model::is_torsion(stored.facts)) {
        continue_torsion(stored);
        take_told_errors(stored.facts);
        return;
    }
    model::RecordedReduction recorded = model::reduction_from(stored.facts);
    recorded.input.sets = stored.sets;
    recorded.input.rates_K_per_s = method::heating_rates(identity_.executed);
    auto made = model::Reduction::make(recorded.input);
    if (!made || stored.sets.size() != recorded.sets.size()) {
        record_event(
            record::Severity::major,
            calibration_event_code,
            "the calibration that the run began with cannot be read: moduli are the instrument's "
            "own from here on"
        );
        return;
    }
    intake_.reduce_with(std::move(*made));
    take_told_errors(stored.facts);
}

void ActiveRun::take_told_errors(const std::vector<record::RunFact>& facts) {
    double scale = 0.0;
    double offset_K = 0.0;
    for (const record::RunFact& fact : facts) {
        scale = fact.name == systematic_fact ? fact.value : scale;
        offset_K = fact.name == temperature_fact ? fact.value : offset_K;
        is_calibration_told_ = is_calibration_told_ || fact.name == systematic_fact;
    }
    if (is_calibration_told_) {
        fits_.set_systematic_errors(scale, offset_K);
    }
}

/// With the first reading that was corrected: a glass is stiffest, and the frame counts most, where
/// a run begins.
void ActiveRun::tell_calibration_error(const std::vector<record::Row>& rows) {
    const model::Reduction& reduction = intake_.reduction();
    const bool is_torsion = intake_.torsion() && intake_.torsion()->computes();
    if (is_calibration_told_ || (reduction.input().sets.empty() && !is_torsion)) {
        return;
    }
    using record::Channel;
    const char* systematic_name =
        is_torsion ? "shear_storage_modulus_systematic_Pa" : "storage_modulus_systematic_Pa";
    const Channel modulus =
        is_torsion ? Channel::shear_storage_modulus_Pa : Channel::storage_modulus_Pa;
    for (const record::Row& row : rows) {
        const auto* point = std::get_if<record::Point>(&row);
        if (point == nullptr) {
            continue;
        }
        const record::Reading& reading = point->reading;
        const record::FitOptions& options = fits_.plan().options;
        double scale = options.modulus_scale_relative_sd;
        double offset_K = options.temperature_offset_sd_K;
        const auto systematic = reading.extra.find(systematic_name);
        const double modulus_Pa = reading.values[modulus];
        if (systematic != reading.extra.end() && modulus_Pa > 0.0) {
            scale = systematic->second / modulus_Pa;
        } else if (is_torsion || reduction.recomputes()) {
            continue;  // this one says nothing of the modulus
        }
        const auto shown = reading.extra.find("instrument_temperature_K");
        if (shown != reading.extra.end()) {
            const double T_g_K = identity_.specimen.T_g_K;
            offset_K = std::hypot(
                offset_K,
                reduction.temperature_sigma_K(std::isfinite(T_g_K) ? T_g_K : shown->second)
            );
        }
        is_calibration_told_ = true;
        fits_.set_systematic_errors(scale, offset_K);
        put_facts(
            {number_fact(systematic_fact, scale, ""), number_fact(temperature_fact, offset_K, "K")}
        );
        record_event(
            record::Severity::info,
            record::systematic_errors_code,
            "calibration and dimensions leave the modulus uncertain by " + per_cent(scale) +
                ", the temperature by " + to_text(std::round(offset_K * 100.0) / 100.0) +
                " K, alike in all readings",
            record::systematic_errors_text({scale, offset_K})
        );
        return;
    }
}

}  // namespace relaxd::daemon
