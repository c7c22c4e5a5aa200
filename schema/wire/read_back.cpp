// SPDX-License-Identifier: MIT
#include "schema/wire/read_back.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace relaxd::wire {

namespace {

enum class Need : bool { may_lack, must_have };

/// Takes the members of one row and remembers the first that cannot be taken.
class RowReader {
  public:
    RowReader(const json::value& row, std::string_view kind) : kind_(kind) {
        if (row.is_object()) {
            row_ = &row.get_object();
        } else {
            refuse("", "it is no object");
        }
    }

    void take(std::string_view key, std::string& into, Need need = Need::may_lack) {
        const json::value* found = find(key, need);
        if (found == nullptr) {
            return;
        }
        if (found->is_string()) {
            into = std::string(found->get_string());
        } else {
            refuse(key, "it is no text");
        }
    }
    void take(std::string_view key, double& into) {
        const json::value* found = find(key, Need::may_lack);
        if (found == nullptr) {
            return;
        }
        if (found->is_number()) {
            into = found->to_number<double>();
        } else {
            refuse(key, "it is no number");
        }
    }
    template <typename Count>
    void take_count(std::string_view key, Count& into, Need need = Need::may_lack) {
        const json::value* found = find(key, need);
        if (found == nullptr) {
            return;
        }
        boost::system::error_code error;
        const Count count =
            found->is_double() || !found->is_number() ? Count{} : found->to_number<Count>(error);
        if (found->is_double() || !found->is_number() || error) {
            refuse(key, "it is no whole number of this column");
        } else {
            into = count;
        }
    }
    /// 0 or 1, as the views write it.
    void take_flag(std::string_view key, bool& into) {
        std::uint64_t number = into ? 1 : 0;
        take_count(key, number);
        into = number != 0;
    }
    template <typename Word, std::size_t count>
    void take_word(std::string_view key, Word& into, const std::array<Word, count>& all) {
        std::string word;
        take(key, word, Need::must_have);
        for (const Word one : all) {
            if (record::to_word(one) == word) {
                into = one;
                return;
            }
        }
        refuse(key, "'" + word + "' is no word of this column");
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    const json::value* find(std::string_view key, Need need) {
        const json::value* found = row_ == nullptr ? nullptr : row_->if_contains(key);
        if (found != nullptr && !found->is_null()) {
            return found;
        }
        if (need == Need::must_have) {
            refuse(key, "it is missing");
        }
        return nullptr;
    }
    void refuse(std::string_view key, const std::string& why) {
        if (!error_) {
            error_ = Error{
                Errc::corrupt,
                "the API's " + std::string(kind_) + " cannot be read: " + why,
                std::string(key),
                {}
            };
        }
    }

    const json::object* row_ = nullptr;
    std::string_view kind_;
    std::optional<Error> error_;
};

template <typename Row>
Result<Row> taken(RowReader& reader, Row& row) {
    if (reader.error()) {
        return fail(*reader.error());
    }
    return std::move(row);
}

void take_combination(RowReader& reader, record::Estimate& estimate) {
    reader.take("systematic_error", estimate.systematic_error);
    reader.take("traded_with", estimate.traded_with);
    reader.take("combined_error", estimate.combined_error);
    reader.take("method", estimate.method);
    reader.take("known_combination", estimate.known_combination);
    reader.take("known_combination_value", estimate.known_combination_value);
    reader.take("known_combination_standard_error", estimate.known_combination_standard_error);
    reader.take("experiment", estimate.experiment);
}

}  // namespace

Result<record::Run> run_from_json(const json::value& row) {
    using enum record::RunState;
    constexpr std::array states{
        armed, running, paused, completed, stopped, aborted, interrupted, rejected
    };
    record::Run run;
    RowReader reader(row, "run");
    reader.take_count("run_id", run.run_id, Need::must_have);
    reader.take("uuid", run.uuid);
    reader.take("name", run.name);
    reader.take("instrument", run.instrument);
    reader.take("specimen", run.specimen);
    reader.take("method", run.method);
    reader.take_word("state", run.state, states);
    reader.take("end_cause", run.end_cause);
    reader.take_count("last_seq", run.last_seq, Need::must_have);
    reader.take_flag("simulated", run.simulated);
    reader.take("code_version", run.code_version);
    return taken(reader, run);
}

Result<record::Point> point_from_json(const json::value& row) {
    record::Point point;
    record::Reading& reading = point.reading;
    RowReader reader(row, "point");
    reading.time_s = record::unknown;
    reader.take_count("seq", point.seq, Need::must_have);
    reader.take_count("segment", reading.segment);
    reader.take("time_s", reading.time_s);
    reader.take_count("reading_number", reading.number);
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        reader.take(record::channel_names[i], reading.values[static_cast<record::Channel>(i)]);
    }
    reader.take("flags", reading.flags);
    reader.take_flag("simulated", reading.simulated);
    return taken(reader, point);
}

Result<record::Estimate> estimate_from_json(const json::value& row) {
    using enum record::ParameterState;
    constexpr std::array states{undetermined, hinted, determined, traded, at_limit, fixed};
    record::Estimate estimate;
    RowReader reader(row, "estimate");
    reader.take_count("seq", estimate.seq, Need::must_have);
    reader.take_count("fit_number", estimate.fit_number, Need::must_have);
    reader.take("model", estimate.model, Need::must_have);
    reader.take("parameter", estimate.parameter, Need::must_have);
    reader.take("value", estimate.value);
    reader.take("standard_error", estimate.standard_error);
    reader.take("lower_95", estimate.lower_95);
    reader.take("upper_95", estimate.upper_95);
    reader.take_word("state", estimate.state, states);
    reader.take_count("segment", estimate.segment);
    reader.take("temperature_K", estimate.temperature_K);
    reader.take("frequency_Hz", estimate.frequency_Hz);
    reader.take("form", estimate.form);
    reader.take_count("n_points", estimate.n_points);
    reader.take_count("first_seq", estimate.first_seq);
    reader.take_count("last_seq", estimate.last_seq);
    reader.take("options_sha256", estimate.options_sha256);
    reader.take("code_version", estimate.code_version);
    reader.take_flag("simulated", estimate.simulated);
    take_combination(reader, estimate);
    return taken(reader, estimate);
}

Result<record::FitInputs> fit_inputs_from_json(const json::value& row) {
    record::FitInputs inputs;
    RowReader reader(row, "fit");
    reader.take_count("fit_number", inputs.fit_number, Need::must_have);
    reader.take("model", inputs.model, Need::must_have);
    reader.take("options", inputs.options, Need::must_have);
    reader.take("start", inputs.start);
    reader.take("segments", inputs.segments);
    reader.take("series", inputs.series);
    reader.take_count("up_to_seq", inputs.up_to_seq, Need::must_have);
    reader.take_count("n_given", inputs.n_given, Need::must_have);
    reader.take_count("dynamic_fit_number", inputs.dynamic_fit_number);
    return taken(reader, inputs);
}

}  // namespace relaxd::wire
