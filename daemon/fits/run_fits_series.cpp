// SPDX-License-Identifier: MIT
//
// The live fits of tests in time: creep with its recovery, ageing, stress relaxation.
#include "daemon/fits/run_fits.hpp"

#include <utility>

namespace relaxd::daemon {

Awaitable<void> RunFits::fit_series(bool is_final) {
    std::vector<SeriesSnapshot> due = series_.take(is_final);
    for (SeriesSnapshot& test : due) {
        if (is_stopped_) {
            co_return;
        }
        co_await fit_test(std::move(test));
    }
}

Awaitable<void> RunFits::fit_test(SeriesSnapshot test) {
    const std::string model(record::to_word(test.window.kind));
    if (!test.trouble.empty()) {
        tell_no_estimate(model, test.trouble);
        co_return;
    }
    FitRequest request;
    request.data_set = run_id_;
    request.options = plan_.options_for(model);
    if (!test.is_afresh) {
        request.options.start = series_start_;
    }
    request.series = std::move(test.data);
    Asked is_asked = asked(request);
    is_asked.inputs.series = record::series_text(test.window);
    is_asked.inputs.up_to_seq = test.up_to_seq;
    is_asked.segment = test.window.segment();
    auto result = co_await worker_.compute(std::move(request));
    if (is_stopped_) {
        co_return;
    }
    if (!result) {
        series_start_.clear();
        tell_lost(model, result.error());
        tell_no_estimate(model, result.error().message);
        co_return;
    }
    if (!result->is_usable()) {
        tell_no_estimate(model, result->reason);
        co_return;
    }
    (void)take(*result, is_asked);
    note_residuals(model, *result);
    series_start_ = std::move(result->warm_start);
}

}  // namespace relaxd::daemon
