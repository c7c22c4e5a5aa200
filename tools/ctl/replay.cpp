// SPDX-License-Identifier: MIT
#include "tools/ctl/replay.hpp"

#include "model/estimate/estimate.hpp"
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/record/estimate_rows.hpp"
#include "schema/record/fit_inputs.hpp"
#include "schema/record/series_window.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace relaxd::ctl {

namespace {

using record::DynamicPoint;
using record::Estimate;
using record::FitInputs;
using record::FitResult;

std::string text_of(double value) {
    return std::isfinite(value) ? to_text(value) : "null";
}

/// Names the first column of a row that is not the stored one. The file keeps no sign of a zero and
/// no kind of NaN; everything else is compared bit for bit.
class RowComparison {
  public:
    RowComparison(const Estimate& stored, const Estimate& again) : stored_(stored) {
        text("parameter", stored.parameter, again.parameter);
        number("value", stored.value, again.value);
        number("standard_error", stored.standard_error, again.standard_error);
        number("lower_95", stored.lower_95, again.lower_95);
        number("upper_95", stored.upper_95, again.upper_95);
        number("systematic_error", stored.systematic_error, again.systematic_error);
        text("traded_with", stored.traded_with, again.traded_with);
        text("state", record::to_word(stored.state), record::to_word(again.state));
        count("segment", stored.segment, again.segment);
        number("temperature_K", stored.temperature_K, again.temperature_K);
        number("frequency_Hz", stored.frequency_Hz, again.frequency_Hz);
        text("form", stored.form, again.form);
        count("n_points", stored.n_points, again.n_points);
        count("first_seq", stored.first_seq, again.first_seq);
        count("last_seq", stored.last_seq, again.last_seq);
        text("model", stored.model, again.model);
        text("options_sha256", stored.options_sha256, again.options_sha256);
        if (stored.code_version == again.code_version) {
            later_columns(again);
        }
    }
    [[nodiscard]] const std::optional<ReplayDifference>& found() const { return found_; }

  private:
    /// A file of an earlier version has nothing there.
    void later_columns(const Estimate& again) {
        number("combined_error", stored_.combined_error, again.combined_error);
        text("method", stored_.method, again.method);
        text("known_combination", stored_.known_combination, again.known_combination);
        number(
            "known_combination_value",
            stored_.known_combination_value,
            again.known_combination_value
        );
        number(
            "known_combination_standard_error",
            stored_.known_combination_standard_error,
            again.known_combination_standard_error
        );
        text("experiment", stored_.experiment, again.experiment);
    }
    void text(const char* column, std::string_view stored, std::string_view again) {
        if (!found_ && stored != again) {
            found_ = ReplayDifference{
                stored_.fit_number,
                stored_.model,
                stored_.parameter,
                column,
                std::string(stored),
                std::string(again)
            };
        }
    }
    void number(const char* column, double stored, double again) {
        const bool is_same = stored == again || (std::isnan(stored) && std::isnan(again));
        if (!is_same) {
            text(column, text_of(stored), text_of(again));
        }
    }
    template <typename Count>
    void count(const char* column, Count stored, Count again) {
        text(column, std::to_string(stored), std::to_string(again));
    }

    const Estimate& stored_;
    std::optional<ReplayDifference> found_;
};

/// All fits of one run, in the order of their numbers.
class Replayer {
  public:
    explicit Replayer(std::span<const record::Point> points) : all_(points) {
        for (const record::Point& point : points) {
            if (const auto usable = record::dynamic_point(point)) {
                points_.push_back(*usable);
            }
        }
    }

    [[nodiscard]] Result<void> take(
        const FitInputs& inputs, const std::vector<const Estimate*>& stored
    ) {
        const auto again = compute(inputs, stored.front()->fit_number);
        if (!again) {
            return fail(again.error());
        }
        const auto different = compare(*again, stored);
        ++(different ? outcome_.differ : outcome_.agree);
        if (different && !outcome_.first) {
            outcome_.first = different;
        }
        return {};
    }
    [[nodiscard]] Replay& outcome() { return outcome_; }

  private:
    /// The readings that the fit was given.
    [[nodiscard]] std::span<const DynamicPoint> given(const FitInputs& inputs) const {
        const auto end = std::upper_bound(
            points_.begin(),
            points_.end(),
            inputs.up_to_seq,
            [](std::uint64_t seq, const DynamicPoint& point) { return seq < point.seq; }
        );
        return {points_.begin(), end};
    }

    [[nodiscard]] Result<std::vector<Estimate>> compute(
        const FitInputs& inputs, std::uint64_t fit_number
    ) {
        auto options = record::options_from(inputs.options);
        const auto start = record::start_from(inputs.start);
        if (!options || !start) {
            return fail(!options ? options.error() : start.error());
        }
        record::FitContext context;
        context.fit_number = fit_number;
        context.options_sha256 = sha256_hex(model::canonical_text(*options));
        options->start = *start;
        return inputs.series.empty() ? fit_moduli(inputs, *options, context)
                                     : fit_test(inputs, *options, context);
    }

    [[nodiscard]] Result<std::vector<Estimate>> fit_moduli(
        const FitInputs& inputs, const record::FitOptions& options, record::FitContext context
    ) {
        const auto segments = record::segments_from(inputs.segments);
        if (!segments) {
            return fail(segments.error());
        }
        const std::span<const DynamicPoint> points = given(inputs);
        std::vector<DynamicPoint> selected;
        std::span<const DynamicPoint> used = points;
        if (!segments->empty()) {
            selected = record::select_segments(points, *segments);
            used = selected;
        }
        const auto dynamic = dynamics_.find(inputs.dynamic_fit_number);
        FitResult result =
            model::fit(used, options, dynamic == dynamics_.end() ? nullptr : &dynamic->second);
        record::note_window(result, used);
        context.last_temperature_K = record::temperature_at(points, result.last_seq);
        auto estimates = estimates_of(result, context, points.size() == inputs.n_given);
        if (options.model == "dynamic") {
            dynamics_[context.fit_number] = std::move(result);
        }
        return estimates;
    }

    [[nodiscard]] Result<std::vector<Estimate>> fit_test(
        const FitInputs& inputs, const record::FitOptions& options, record::FitContext context
    ) const {
        const auto window = record::series_from(inputs.series);
        if (!window) {
            return fail(window.error());
        }
        std::vector<record::SeriesPoint> rows;
        for (const record::Point& point : all_) {
            if (const auto usable = record::series_point(point, window->kind)) {
                rows.push_back(*usable);
            }
        }
        const record::SeriesData data = record::series_data(rows, *window, inputs.up_to_seq);
        FitResult result = model::fit_series(data, options);
        record::note_window(result, data);
        context.segment = window->segment();
        context.test_temperature_K = record::mean_temperature_K(data);
        return estimates_of(result, context, data.points.size() == inputs.n_given);
    }

    /// None where the fit saw other readings than there are.
    [[nodiscard]] static std::vector<Estimate> estimates_of(
        const FitResult& result, const record::FitContext& context, bool is_same_window
    ) {
        std::vector<Estimate> estimates;
        if (result.is_usable() && is_same_window) {
            for (record::Row& row : record::estimate_rows(result, context)) {
                estimates.push_back(std::move(std::get<Estimate>(row)));
            }
        }
        return estimates;
    }

    [[nodiscard]] static std::optional<ReplayDifference> compare(
        const std::vector<Estimate>& again, const std::vector<const Estimate*>& stored
    ) {
        for (std::size_t i = 0; i < std::min(again.size(), stored.size()); ++i) {
            if (auto found = RowComparison(*stored[i], again[i]).found()) {
                return found;
            }
        }
        if (again.size() == stored.size()) {
            return std::nullopt;
        }
        const Estimate& first = *stored.front();
        return ReplayDifference{
            first.fit_number,
            first.model,
            stored.size() > again.size() ? stored[again.size()]->parameter
                                         : again[stored.size()].parameter,
            "rows",
            std::to_string(stored.size()),
            std::to_string(again.size())
        };
    }

    std::span<const record::Point> all_;
    std::vector<DynamicPoint> points_;
    std::map<std::uint64_t, FitResult> dynamics_;
    Replay outcome_;
};

}  // namespace

Result<Replay> replay(
    std::span<const record::Point> points,
    std::span<const record::Estimate> estimates,
    std::span<const record::FitInputs> inputs
) {
    std::map<std::uint64_t, std::vector<const Estimate*>> fits;
    Replayer replayer(points);
    Replay& outcome = replayer.outcome();
    for (const Estimate& estimate : estimates) {
        fits[estimate.fit_number].push_back(&estimate);
        outcome.code_versions.insert(estimate.code_version);
    }
    outcome.fits = fits.size();
    outcome.rows = estimates.size();
    std::map<std::uint64_t, const FitInputs*> known;
    for (const FitInputs& one : inputs) {
        known[one.fit_number] = &one;
    }
    for (const auto& [number, stored] : fits) {
        const auto found = known.find(number);
        if (found == known.end()) {
            ++outcome.unknown;
            continue;
        }
        if (auto done = replayer.take(*found->second, stored); !done) {
            Error error = done.error();
            error.where = "fit " + std::to_string(number);
            return fail(error);
        }
    }
    return std::move(outcome);
}

}  // namespace relaxd::ctl
