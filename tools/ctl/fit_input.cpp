// SPDX-License-Identifier: MIT
#include "tools/ctl/fit_input.hpp"

#include "drivers/ta_files/import.hpp"
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/method/method.hpp"
#include "tools/ctl/daemon_lists.hpp"
#include "tools/ctl/verbs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr double below_T_x_K = 5.0;  // Crystals are not the glass any more.
constexpr std::string_view run_prefix = "run:";
constexpr const char* mask_fact = "fit_T_max_K";
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

/// What a run's record says beside its readings: the temperature above which its own fits left
/// points out, and what its dimensions and thermocouple leave uncertain.
struct RunFacts {
    std::string method;
    std::vector<std::uint64_t> numbers;  ///< Of its readings, where the method has tests in time.
    double T_max_K = record::unknown;
    record::SystematicErrors systematic;
    std::set<int> not_stationary;  ///< Isotherms that the specimen changed in.
};

constexpr const char* not_stationary_code = "NOT_STATIONARY";

std::vector<method::SeriesTest> tests_of(const std::string& method_toml) {
    const auto method = method::parse(method_toml);
    const auto executed = method ? method::expand(*method)
                                 : Result<std::vector<method::Executed>>(fail(method.error()));
    return executed ? method::series_tests(*method, *executed) : std::vector<method::SeriesTest>{};
}

Result<RunFacts> facts_from_file(const Globals& globals, const std::string& id) {
    auto reader = open_database(globals);
    if (!reader) {
        return fail(reader.error());
    }
    const auto run = reader->run(id);
    if (!run) {
        return fail(run.error());
    }
    const auto mask = reader->fact(run->run_id, mask_fact);
    const auto specimen = mask ? reader->specimen(run->run_id) : fail(mask.error());
    const auto events = specimen ? reader->events(run->run_id, 0, all) : fail(specimen.error());
    if (!events) {
        return fail(events.error());
    }
    RunFacts out;
    out.method = run->method;
    if (!tests_of(out.method).empty()) {
        const auto points = reader->points(run->run_id, 0, all);
        if (!points) {
            return fail(points.error());
        }
        for (const record::Point& point : *points) {
            out.numbers.push_back(point.reading.number);
        }
    }
    out.T_max_K = to_double(mask->value_or("")).value_or(record::unknown);
    out.systematic.modulus_scale_relative_sd =
        record::modulus_error(specimen->clamp, *specimen).relative_sd;
    for (const record::Event& event : *events) {
        if (event.code == record::systematic_errors_code) {
            out.systematic = record::systematic_errors_from(event.detail);
        } else if (event.code == not_stationary_code) {
            out.not_stationary.insert(segment_of_detail(event.detail));
        }
    }
    return out;
}

/// A text as it is: `cell` makes it printable, which costs lines.
std::string raw_text(const json::value& row, std::string_view key) {
    const json::value* value = row.is_object() ? row.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

/// A number of an object; unknown where it is null or absent.
double number_member(const json::value& row, std::string_view key) {
    const json::value* value = row.is_object() ? row.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_number() ? value->to_number<double>() : record::unknown;
}

/// What the specimen's dimensions leave uncertain in every modulus.
Result<double> scale_error_from_daemon(const Globals& globals, const std::string& route) {
    const auto body = object_at(globals, route + "/specimen");
    if (!body) {
        return fail(body.error());
    }
    record::Specimen specimen;
    specimen.clamp = raw_text(*body, "clamp");
    specimen.length_m = number_member(*body, "length_m");
    specimen.length_sigma_m = number_member(*body, "length_sigma_m");
    specimen.width_m = number_member(*body, "width_m");
    specimen.width_sigma_m = number_member(*body, "width_sigma_m");
    specimen.thickness_m = number_member(*body, "thickness_m");
    specimen.thickness_sigma_m = number_member(*body, "thickness_sigma_m");
    return record::modulus_error(specimen.clamp, specimen).relative_sd;
}

/// What the run's events say: the mask, and the systematic errors; false where not the latter.
Result<bool> take_events(RunFacts& facts, const Globals& globals, const std::string& route) {
    bool has_errors = false;
    const auto take = [&](const json::value& event) -> Result<bool> {
        const std::string code = cell(event, "code");
        if (code == "T_X_DETECTED") {
            facts.T_max_K = to_double(cell(event, "detail")).value_or(record::unknown);
        } else if (code == record::systematic_errors_code) {
            facts.systematic = record::systematic_errors_from(raw_text(event, "detail"));
            has_errors = true;
        } else if (code == not_stationary_code) {
            facts.not_stationary.insert(segment_of_detail(raw_text(event, "detail")));
        }
        return true;
    };
    if (const auto done = read_list(globals, {route + "/events", "events"}, take); !done) {
        return fail(done.error());
    }
    return has_errors;
}

Result<RunFacts> facts_from_daemon(const Globals& globals, const std::string& id) {
    const std::string route = route_of_run(id);
    const auto run = object_at(globals, route);
    if (!run) {
        return fail(run.error());
    }
    RunFacts out;
    out.method = raw_text(*run, "method");
    if (!tests_of(out.method).empty()) {
        const auto take = [&](const json::value& point) -> Result<bool> {
            out.numbers.push_back(to_count(cell(point, "reading_number")).value_or(0));
            return true;
        };
        if (const auto done = read_list(globals, {route + "/points", "points"}, take); !done) {
            return fail(done.error());
        }
    }
    const auto has_errors = take_events(out, globals, route);
    if (!has_errors) {
        return fail(has_errors.error());
    }
    if (!*has_errors) {  // a run from before they were an event, or one that was imported
        const auto scale = scale_error_from_daemon(globals, route);
        if (!scale) {
            return fail(scale.error());
        }
        out.systematic.modulus_scale_relative_sd = *scale;
    }
    return out;
}

Result<RunFacts> facts_of_run(const Globals& globals, const std::string& id) {
    return globals.database.empty() ? facts_from_daemon(globals, id) : facts_from_file(globals, id);
}

bool is_usable(const record::SeriesPoint& point, std::string_view model) {
    if (model == "creep") {
        return std::isfinite(point.time_s) &&
               (std::isfinite(point.strain) || std::isfinite(point.compliance_per_Pa));
    }
    if (model == "aging") {
        return std::isfinite(point.time_s) && std::isfinite(point.tan_delta);
    }
    if (model == "relaxation") {
        return std::isfinite(point.time_s) && std::isfinite(point.relaxation_modulus_Pa);
    }
    if (model == "tension") {
        return std::isfinite(point.strain) && std::isfinite(point.stress_Pa);
    }
    const bool has_loss = std::isfinite(point.loss_modulus);
    return point.omega_rad_s > 0.0 && std::isfinite(point.omega_rad_s) &&
           (has_loss || (model == "qpd" && std::isfinite(point.storage_modulus)));
}

bool is_wanted(const record::SeriesWindow& window, const FitInput& input, std::string_view model) {
    const auto is_asked_for = [&](int segment) {
        return std::find(input.segments.begin(), input.segments.end(), segment) !=
               input.segments.end();
    };
    return record::to_word(window.kind) == model &&
           (input.segments.empty() ||
            std::any_of(window.segments.begin(), window.segments.end(), is_asked_for));
}

/// The tests in time of a run, each an input of its own: the same readings and the same zero of
/// time and strain as the live fits had.
bool add_tests(FitData& data, const FitInput& input, std::string_view model) {
    method::SeriesWatch watch(input.tests);
    for (const record::Point& point : input.points) {
        watch.add(point);
    }
    const std::size_t before = data.series.points.size();
    for (method::SeriesSnapshot& test : watch.take(true)) {
        if (!is_wanted(test.window, input, model)) {
            continue;
        }
        const std::string name = input.name + " segment " + std::to_string(test.window.segment());
        if (!test.trouble.empty()) {
            data.warnings.push_back(name + " is left out: " + test.trouble);
            continue;
        }
        if (test.left_out > 0) {
            data.warnings.push_back(
                name + ": of its later readings " + std::to_string(test.left_out) +
                " are left out (500 per e-fold of time are used, as in the live fits)"
            );
        }
        const int number = static_cast<int>(data.series.inputs.size());
        for (record::SeriesPoint& point : test.data.points) {
            point.input = number;
            data.series.points.push_back(point);
        }
        for (record::SeriesInput& one : test.data.inputs) {
            one.name = name;
            data.series.inputs.push_back(std::move(one));
        }
    }
    return data.series.points.size() > before;
}

/// Adds what the model can use of one input; false if there is nothing.
bool add_rows(FitData& data, const FitInput& input, const FitModel& model) {
    const bool has_tests = std::any_of(
        input.tests.begin(),
        input.tests.end(),
        [&model](const method::SeriesTest& test) {
            return record::to_word(test.kind) == model.name;
        }
    );
    if (has_tests) {
        return add_tests(data, input, model.name);
    }
    if (model.is_series) {
        record::SeriesData alone;
        table::add_series(alone, input.table, input.name);
        if (std::none_of(alone.points.begin(), alone.points.end(), [&](const auto& point) {
                return is_usable(point, model.name);
            })) {
            return false;
        }
        table::add_series(data.series, input.table, input.name);
        return true;
    }
    std::vector<record::DynamicPoint> points = table::dynamic_points(input.table.rows);
    if (input.segments.empty()) {  // else they were asked for
        std::erase_if(points, [&input](const record::DynamicPoint& point) {
            return input.not_stationary.contains(point.segment);
        });
        for (const int segment : input.not_stationary) {
            data.warnings.push_back(
                input.name + ": segment " + std::to_string(segment) +
                " was not stationary and is left out; name it with --segment to fit it"
            );
        }
    }
    if (points.empty()) {
        return false;
    }
    const std::uint64_t seq = data.points.empty() ? 0 : data.points.back().seq;
    const int number = data.points.empty() ? 0 : data.points.back().input + 1;
    int segment = 0;
    for (const auto& point : data.points) {
        segment = std::max(segment, point.segment);
    }
    data.names.push_back(input.name);
    for (record::DynamicPoint& point : points) {
        point.seq += seq;
        point.segment += segment;
        point.input = number;
        data.points.push_back(point);
    }
    return true;
}

void add_keys(FitData& data, const FitInput& input) {
    data.simulated = data.simulated || input.is_simulated();
    const double T_g_K = input.number_key("T_g_K");
    if (std::isnan(data.T_g_K)) {
        data.T_g_K = T_g_K;
    } else if (std::fabs(T_g_K - data.T_g_K) > 0.01) {
        data.warnings.push_back(
            input.name + " says T_g_K " + to_text(T_g_K) + "; the first input's " +
            to_text(data.T_g_K) + " is used"
        );
    }
    data.T_max_K = std::fmin(data.T_max_K, input.number_key("T_x_K") - below_T_x_K);
    data.T_max_K = std::fmin(data.T_max_K, input.T_max_K);
    data.systematic.modulus_scale_relative_sd = std::fmax(
        data.systematic.modulus_scale_relative_sd, input.systematic.modulus_scale_relative_sd
    );
    data.systematic.temperature_offset_sd_K = std::fmax(
        data.systematic.temperature_offset_sd_K, input.systematic.temperature_offset_sd_K
    );
    if (std::isnan(data.poisson_ratio)) {
        data.poisson_ratio = input.number_key("poisson_ratio");
    }
    if (data.form.empty() && input.table.format == "csv") {
        data.form = input.key("form");
    }
}

/// Names a difference of one fact, where both inputs state it.
std::string differing(
    const FitInput& a, const FitInput& b, const char* key, const std::string& what
) {
    const std::string of_a = a.key(key);
    const std::string of_b = b.key(key);
    return of_a.empty() || of_b.empty() || of_a == of_b
               ? std::string()
               : what + " '" + of_a + "' in " + a.name + " and '" + of_b + "' in " + b.name;
}

}  // namespace

std::string FitInput::key(const char* wanted) const {
    const auto found = table.keys.find(wanted);
    return found == table.keys.end() ? std::string() : found->second;
}

double FitInput::number_key(const char* wanted) const {
    return to_double(key(wanted)).value_or(record::unknown);
}

bool FitInput::is_simulated() const {
    return key("simulated") == "1" ||
           std::any_of(table.rows.begin(), table.rows.end(), [](const auto& row) {
               return row.simulated;
           });
}

Result<FitInput> read_input(const Globals& globals, const std::string& input, int& exit_code) {
    FitInput out;
    out.name = input;
    out.is_run = input.starts_with(run_prefix);
    const std::string id = out.is_run ? input.substr(run_prefix.size()) : std::string();
    auto bytes = out.is_run ? csv_of_run(globals, id) : read_file(input);
    if (!bytes) {
        exit_code = out.is_run ? exit_code_of(bytes.error().code) : int{exit_other};
        return fail(bytes.error());
    }
    out.bytes = std::move(*bytes);
    auto table =
        out.is_run ? table::read_csv(out.bytes, input) : ta_files::read_bytes(out.bytes, input);
    if (!table) {
        exit_code = exit_other;
        return fail(table.error());
    }
    out.table = std::move(*table);
    if (out.is_run) {
        const auto facts = facts_of_run(globals, id);
        if (!facts) {
            exit_code = exit_code_of(facts.error().code);
            return fail(facts.error());
        }
        out.T_max_K = facts->T_max_K;
        out.systematic = facts->systematic;
        out.not_stationary = facts->not_stationary;
        if (auto taken = take_tests(out, facts->method, facts->numbers); !taken) {
            exit_code = exit_code_of(taken.error().code);
            return fail(taken.error());
        }
    }
    return out;
}

Result<void> take_tests(
    FitInput& input, const std::string& method, std::span<const std::uint64_t> numbers
) {
    std::vector<method::SeriesTest> tests = tests_of(method);
    if (tests.empty()) {
        return {};
    }
    const auto& rows = input.table.rows;
    if (numbers.size() < rows.size()) {
        return fail(
            Errc::unreachable,
            "of " + std::to_string(rows.size()) + " readings only " +
                std::to_string(numbers.size()) +
                " came with their numbers, which say when a test "
                "began",
            input.name,
            "ask again, or read the file with --database"
        );
    }
    input.tests = std::move(tests);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        record::Point point;
        point.seq = i + 1;
        point.reading = rows[i];
        point.reading.number = numbers[i];
        input.points.push_back(std::move(point));
    }
    return {};
}

Result<void> keep_segments(FitInput& input, const std::vector<int>& segments) {
    input.segments = segments;
    std::vector<record::Reading> kept;
    const auto is_wanted = [&](const record::Reading& row) {
        return std::find(segments.begin(), segments.end(), row.segment) != segments.end();
    };
    const auto& rows = input.table.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool is_before = kept.empty() && i + 1 < rows.size() && is_wanted(rows[i + 1]);
        const bool has_load = rows[i].values.has(record::Channel::strain);
        if (is_wanted(rows[i]) || (is_before && has_load)) {
            kept.push_back(rows[i]);
        }
    }
    if (kept.empty()) {
        return fail(
            Errc::invalid,
            "it has no row of the segments asked for",
            input.name,
            "its segments are 1 to " +
                std::to_string(input.table.steps.empty() ? 1 : input.table.steps.back().segment)
        );
    }
    input.table.rows = std::move(kept);
    return {};
}

FitData join(const std::vector<FitInput>& inputs, const FitModel& model) {
    FitData data;
    Sha256 hash;
    for (const FitInput& input : inputs) {
        hash.feed(input.bytes);
        data.warnings.insert(
            data.warnings.end(), input.table.warnings.begin(), input.table.warnings.end()
        );
        add_keys(data, input);
        if (!add_rows(data, input, model) && inputs.size() > 1) {
            data.warnings.push_back(
                input.name + " is left out: no row of it has " + std::string(model.wants)
            );
        }
    }
    data.sha256 = hash.hex();
    return data;
}

std::string state_change(const std::vector<FitInput>& inputs) {
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        const FitInput& first = inputs.front();
        const FitInput& other = inputs[i];
        const bool have_ids =
            !first.key("specimen_id").empty() && !other.key("specimen_id").empty();
        std::string found = have_ids ? differing(first, other, "specimen_id", "the specimen is")
                                     : differing(first, other, "specimen", "the specimen is");
        found = found.empty() ? differing(first, other, "specimen_state", "its state is") : found;
        if (!found.empty()) {
            return found;
        }
    }
    return {};
}

}  // namespace relaxd::ctl
