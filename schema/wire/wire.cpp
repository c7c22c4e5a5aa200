// SPDX-License-Identifier: MIT
#include "schema/wire/wire.hpp"

#include "schema/wire/text.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace relaxd::wire {

namespace {

json::value utc_or_null(UtcTime time) {
    return time.ns == 0 ? json::value(nullptr) : json::value(to_text(time));
}

json::value seq_or_null(std::uint64_t seq) {
    return seq == 0 ? json::value(nullptr) : json::value(seq);
}

// As the views write it: 0 and 1.
int flag(bool value) {
    return value ? 1 : 0;
}

void put_range(json::object& out, const char* name, double lower, double upper) {
    if (std::isfinite(lower) && std::isfinite(upper)) {
        out[name] = json::array{lower, upper};
    } else {
        out[name] = nullptr;
    }
}

json::object parameter_json(const record::ParameterEstimate& one) {
    json::object out;
    out["value"] = number(one.value);
    out["standard_error"] = number(one.standard_error);
    out["systematic_error"] = number(one.systematic_error);
    out["combined_error"] = number(one.combined_error);
    put_range(out, "interval_95", one.lower_95, one.upper_95);
    put_range(out, "profile_95", one.profile_low, one.profile_high);
    out["state"] = record::to_word(one.state);
    out["shrinkage"] = number(one.shrinkage);
    out["traded_with"] = text_or_null(one.traded_with);
    out["method"] = text_or_null(one.method);
    return out;
}

json::object derived_json(const record::ParameterEstimate& one) {
    json::object out;
    out["value"] = number(one.value);
    out["standard_error"] = number(one.standard_error);
    out["systematic_error"] = number(one.systematic_error);
    out["combined_error"] = number(one.combined_error);
    put_range(out, "interval_95", one.lower_95, one.upper_95);
    out["state"] = record::to_word(one.state);
    out["method"] = text_or_null(one.method);
    return out;
}

json::object isotherm_json(const record::IsothermEstimate& one) {
    json::object out;
    out["temperature_K"] = number(one.temperature_K);
    out["n_points"] = one.n_points;
    out["chi_slope"] = parameter_json(one.chi_slope);
    out["chi"] = nullptr;
    if (one.chi) {
        out["chi"] = parameter_json(*one.chi);
    }
    return out;
}

json::array isotherms_json(const record::FitResult& result) {
    json::array out;
    for (const auto& one : result.isotherms) {
        out.push_back(isotherm_json(one));
    }
    return out;
}

json::array shifts_json(const record::FitResult& result) {
    json::array out;
    for (const auto& one : result.shifts) {
        json::object shift;
        shift["temperature_K"] = number(one.temperature_K);
        shift["ln_aT"] = parameter_json(one.ln_aT);
        out.push_back(std::move(shift));
    }
    return out;
}

json::array peaks_json(const record::FitResult& result) {
    json::array out;
    for (const auto& one : result.peaks) {
        json::object peak;
        peak["frequency_Hz"] = number(one.frequency_Hz);
        peak["temperature_K"] = parameter_json(one.temperature_K);
        out.push_back(std::move(peak));
    }
    return out;
}

json::array texts_json(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& one : texts) {
        out.emplace_back(valid_utf8(one));
    }
    return out;
}

json::object combination_json(const record::KnownCombination& one) {
    json::object out;
    out["expression"] = valid_utf8(one.expression);
    out["names"] = texts_json(one.names);
    out["value"] = number(one.value);
    out["standard_error"] = number(one.standard_error);
    out["experiment"] = text_or_null(one.experiment);
    return out;
}

/// CONTRACT 4: `known_combination` is the first of them, where the model has one.
void put_combinations(json::object& out, const record::FitResult& result) {
    json::array all;
    for (const auto& one : result.known_combinations) {
        all.push_back(combination_json(one));
    }
    if (!all.empty()) {
        out["known_combination"] = all.front();
    }
    out["known_combinations"] = std::move(all);
}

json::array alternatives_json(const record::FitResult& result) {
    json::array out;
    for (const auto& one : result.alternatives) {
        json::object alternative;
        alternative["name"] = valid_utf8(one.name);
        alternative["chi2"] = number(one.chi2);
        alternative["n_free"] = one.n_free;
        alternative["aic"] = number(one.aic);
        alternative["bic"] = number(one.bic);
        alternative["is_chosen"] = one.is_chosen;
        out.push_back(std::move(alternative));
    }
    return out;
}

json::value residuals_json(const std::optional<record::ResidualCheck>& check) {
    if (!check) {
        return nullptr;
    }
    json::object out;
    out["lag1"] = number(check->lag1);
    out["runs_p"] = number(check->runs_p);
    out["chi2_p"] = number(check->chi2_p);
    out["is_alarm"] = check->is_alarm;
    out["sentence"] = text_or_null(check->sentence);
    return out;
}

json::object correlations_json(const record::FitResult& result) {
    json::array names;
    for (const std::string& name : result.correlation_names) {
        names.emplace_back(valid_utf8(name));
    }
    json::array matrix;
    const std::size_t size = result.correlation_names.size();
    for (std::size_t i = 0; i < size && result.correlations.size() == size * size; ++i) {
        json::array row;
        for (std::size_t k = 0; k < size; ++k) {
            row.push_back(number(result.correlations[(i * size) + k]));
        }
        matrix.push_back(std::move(row));
    }
    json::object out;
    out["names"] = std::move(names);
    out["matrix"] = std::move(matrix);
    return out;
}

}  // namespace

json::value number(double value) {
    return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

json::object to_json(const record::Run& run) {
    json::object out;
    out["run_id"] = run.run_id;
    out["uuid"] = valid_utf8(run.uuid);
    out["name"] = text_or_null(run.name);
    out["instrument"] = text_or_null(run.instrument);
    out["specimen"] = text_or_null(run.specimen);
    out["method"] = text_or_null(run.method);
    out["state"] = record::to_word(run.state);
    out["end_cause"] = text_or_null(run.end_cause);
    out["started_utc"] = utc_or_null(run.started_utc);
    out["ended_utc"] = utc_or_null(run.ended_utc);
    out["last_seq"] = run.last_seq;
    out["simulated"] = flag(run.simulated);
    out["code_version"] = text_or_null(run.code_version);
    return out;
}

json::object to_json(std::int64_t run_id, const record::Point& point) {
    const record::Reading& reading = point.reading;
    json::object out;
    out["run_id"] = run_id;
    out["seq"] = point.seq;
    out["time_utc"] = utc_or_null(reading.received_utc);
    out["segment"] = reading.segment;
    out["time_s"] = number(reading.time_s);
    out["reading_number"] = seq_or_null(reading.number);
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        const auto channel = static_cast<record::Channel>(i);
        out[record::to_name(channel)] = number(reading.values[channel]);
    }
    out["flags"] = text_or_null(reading.flags);
    out["simulated"] = flag(reading.simulated);
    return out;
}

json::object to_json(std::int64_t run_id, const record::Gap& gap) {
    json::object out;
    out["run_id"] = run_id;
    out["seq"] = gap.seq;
    out["from_time_s"] = number(gap.from_time_s);
    out["to_time_s"] = number(gap.to_time_s);
    out["missing"] = gap.missing == 0 ? json::value() : json::value(gap.missing);
    out["cause"] = text_or_null(gap.cause);
    out["simulated"] = flag(gap.simulated);
    return out;
}

json::object to_json(std::int64_t run_id, const record::Event& event) {
    json::object out;
    out["run_id"] = run_id;
    out["seq"] = event.seq;
    out["time_utc"] = utc_or_null(event.time_utc);
    out["severity"] = record::to_word(event.severity);
    out["code"] = valid_utf8(event.code);
    out["message"] = text_or_null(event.message);
    out["detail"] = text_or_null(event.detail);
    out["simulated"] = flag(event.simulated);
    return out;
}

json::object to_json(std::int64_t run_id, const record::Estimate& estimate) {
    json::object out;
    out["run_id"] = run_id;
    out["seq"] = estimate.seq;
    out["fit_number"] = estimate.fit_number;
    out["time_utc"] = utc_or_null(estimate.time_utc);
    out["model"] = valid_utf8(estimate.model);
    out["parameter"] = valid_utf8(estimate.parameter);
    out["value"] = number(estimate.value);
    out["standard_error"] = number(estimate.standard_error);
    out["lower_95"] = number(estimate.lower_95);
    out["upper_95"] = number(estimate.upper_95);
    out["state"] = record::to_word(estimate.state);
    out["segment"] = estimate.segment == 0 ? json::value(nullptr) : json::value(estimate.segment);
    out["temperature_K"] = number(estimate.temperature_K);
    out["frequency_Hz"] = number(estimate.frequency_Hz);
    out["form"] = text_or_null(estimate.form);
    out["n_points"] = estimate.n_points;
    out["first_seq"] = seq_or_null(estimate.first_seq);
    out["last_seq"] = seq_or_null(estimate.last_seq);
    out["options_sha256"] = text_or_null(estimate.options_sha256);
    out["code_version"] = text_or_null(estimate.code_version);
    out["simulated"] = flag(estimate.simulated);
    out["systematic_error"] = number(estimate.systematic_error);
    out["traded_with"] = text_or_null(estimate.traded_with);
    out["combined_error"] = number(estimate.combined_error);
    out["method"] = text_or_null(estimate.method);
    out["known_combination"] = text_or_null(estimate.known_combination);
    out["known_combination_value"] = number(estimate.known_combination_value);
    out["known_combination_standard_error"] = number(estimate.known_combination_standard_error);
    out["experiment"] = text_or_null(estimate.experiment);
    return out;
}

json::object to_json(std::int64_t run_id, const record::FitInputs& inputs) {
    json::object out;
    out["run_id"] = run_id;
    out["fit_number"] = inputs.fit_number;
    out["model"] = valid_utf8(inputs.model);
    out["options"] = valid_utf8(inputs.options);
    out["start"] = text_or_null(inputs.start);
    out["segments"] = text_or_null(inputs.segments);
    out["series"] = text_or_null(inputs.series);
    out["up_to_seq"] = inputs.up_to_seq;
    out["n_given"] = inputs.n_given;
    out["dynamic_fit_number"] = seq_or_null(inputs.dynamic_fit_number);
    return out;
}

json::object to_json(std::int64_t run_id, const record::Segment& segment) {
    json::object out;
    out["run_id"] = run_id;
    out["segment"] = segment.segment;
    out["text"] = text_or_null(segment.text);
    out["started_utc"] = utc_or_null(segment.started_utc);
    out["ended_utc"] = utc_or_null(segment.ended_utc);
    out["first_seq"] = seq_or_null(segment.first_seq);
    out["last_seq"] = seq_or_null(segment.last_seq);
    out["simulated"] = flag(segment.simulated);
    out["flags"] = text_or_null(segment.flags);
    return out;
}

json::object to_json(const record::Instrument& instrument) {
    json::object out;
    out["name"] = valid_utf8(instrument.name);
    out["driver"] = text_or_null(instrument.driver);
    out["uri"] = text_or_null(instrument.uri);
    out["link_state"] = text_or_null(instrument.link_state);
    out["state"] = text_or_null(instrument.state);
    out["identity"] = text_or_null(instrument.identity);
    out["serial_number"] = text_or_null(instrument.serial_number);
    out["simulated"] = flag(instrument.simulated);
    out["proven"] = flag(instrument.proven);
    return out;
}

namespace {

struct Said {
    const char* type = "";
    UtcTime time;
};

Said about(const record::Point& point) {
    return {"point", point.reading.received_utc};
}
Said about(const record::Gap& gap) {
    return {"gap", gap.time_utc};
}
Said about(const record::Estimate& estimate) {
    return {"estimate", estimate.time_utc};
}
Said about(const record::Event& event) {
    return {event.code == "STATE" ? "state" : "event", event.time_utc};
}

}  // namespace

json::object to_message(std::int64_t run_id, const record::Row& row) {
    return std::visit(
        [run_id](const auto& one) {
            const Said said = about(one);
            json::object out;
            out["type"] = said.type;
            out["run_id"] = run_id;
            out["seq"] = one.seq;
            out["time_utc"] = utc_or_null(said.time);
            out["data"] = to_json(run_id, one);
            return out;
        },
        row
    );
}

json::object to_json(const Error& error, std::string_view code) {
    json::object inner;
    inner["code"] = code.empty() ? to_word(error.code) : code;
    inner["message"] = valid_utf8(error.message);
    inner["where"] = valid_utf8(error.where);
    inner["hint"] = valid_utf8(error.hint);
    json::object out;
    out["error"] = std::move(inner);
    return out;
}

json::object to_json(
    const record::FitResult& result, std::string_view code_version, std::string_view data_sha256
) {
    json::object out;
    out["model"] = valid_utf8(result.model);
    out["status"] = valid_utf8(result.status);
    out["reason"] = text_or_null(result.reason);
    out["n_points"] = result.n_points;
    out["n_flagged"] = result.n_flagged;
    out["reduced_chi2"] = number(result.reduced_chi2);
    out["form"] = text_or_null(result.form);
    out["wall_ms"] = number(result.wall_ms);
    out["code_version"] = text_or_null(code_version);
    out["data_sha256"] = text_or_null(data_sha256);
    json::object parameters;
    for (const auto& one : result.parameters) {
        parameters[valid_utf8(one.name)] = parameter_json(one);
    }
    out["parameters"] = std::move(parameters);
    out["correlations"] = correlations_json(result);
    json::object derived;
    for (const auto& one : result.derived) {
        derived[valid_utf8(one.name)] = derived_json(one);
    }
    out["derived"] = std::move(derived);
    out["isotherms"] = isotherms_json(result);
    out["shifts"] = shifts_json(result);
    out["peaks"] = peaks_json(result);
    if (result.tts_holds) {
        json::object test;
        test["holds"] = result.tts_holds->holds;
        test["p_value"] = number(result.tts_holds->p_value);
        out["tts_holds"] = std::move(test);
    }
    put_combinations(out, result);
    out["formulation"] = text_or_null(result.formulation);
    out["alternatives"] = alternatives_json(result);
    out["residuals"] = residuals_json(result.residuals);
    out["warnings"] = texts_json(result.warnings);
    return out;
}

}  // namespace relaxd::wire
