// SPDX-License-Identifier: MIT
//
// The live fits of one run: points come in as they are committed, estimates and NO_ESTIMATE events
// go out as rows. One round in flight; what arrives meanwhile makes one further round on the newest
// snapshot. io thread only.

#pragma once

#include "daemon/core/task_group.hpp"
#include "daemon/fits/fit_plan.hpp"
#include "daemon/fits/fit_worker.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace relaxd::daemon {

class RunFits {
  public:
    /// Rows to record, in order; called on the io thread.
    using Sink = std::function<void(std::vector<record::Row>)>;

    /// `worker` and `timing` outlive this; destroy only after finish() or stop() and an empty
    /// group.
    RunFits(
        const boost::asio::any_io_executor& executor,
        FitWorker& worker,
        Timing* timing,
        std::int64_t run_id,
        FitPlan plan,
        bool simulated,
        Sink sink
    );

    /// Numbering goes on after a restart of the daemon.
    void continue_after(std::uint64_t last_fit_number) { fit_number_ = last_fit_number; }
    /// Points above are left out from the next fit on; NaN = as the plan says.
    void mask_above(double T_max_K);
    /// No fit sees this isotherm from now on: the specimen changed while it was measured.
    void leave_out(int segment);
    /// What all moduli and temperatures have in common, from the next fit on; relative and K.
    void set_systematic_errors(double modulus_scale, double temperature_K);
    /// Called when a detected T_x has set a mask.
    void on_mask(std::function<void(double T_max_K)> hook) { mask_hook_ = std::move(hook); }
    /// A committed reading, in seq order.
    void add(const record::Point& point);
    /// A round when enough new readings are there; newest wins, a request during a round is kept.
    void request_if_due();
    /// One round now on everything added so far, after the one in flight (`fits = "every"`).
    /// What is not due in it (ageing, transitions) stays as it was.
    [[nodiscard]] Awaitable<void> round();
    /// The last round of the run: cold, over all segments.
    [[nodiscard]] Awaitable<void> final_round();
    /// No further rounds; the one in flight is dropped.
    void stop();
    [[nodiscard]] Awaitable<void> wait_stopped();

    [[nodiscard]] const FitPlan& plan() const { return plan_; }
    [[nodiscard]] std::size_t points() const { return points_->size(); }
    [[nodiscard]] std::uint64_t requests_discarded() const { return discarded_; }
    [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

  private:
    [[nodiscard]] Awaitable<void> drain();
    [[nodiscard]] Awaitable<void> run_round(bool is_final);
    [[nodiscard]] Awaitable<void> fit_moduli(bool is_final);
    [[nodiscard]] Awaitable<void> fit_one(record::FitOptions options, std::vector<int> segments);
    /// Of the moduli: each pass over the frequencies; on an ageing isotherm ten a decade of its
    /// readings, and only where they are of several temperatures or frequencies.
    [[nodiscard]] bool are_moduli_due() const;
    [[nodiscard]] bool can_moduli_tell() const;
    /// run_fits_transitions.cpp: T_g and T_x of the ramps so far, at most once a kelvin.
    [[nodiscard]] Awaitable<void> look_for_transitions(bool is_final);
    [[nodiscard]] bool are_transitions_due(bool is_final) const;
    /// What is recorded of a fit beside its result.
    struct Asked {
        std::string options_sha256;
        record::FitInputs inputs;
        int segment = 0;  ///< Of a test in time.
        double test_temperature_K = record::unknown;
    };
    [[nodiscard]] Asked asked(const FitRequest& request) const;
    void take_transitions(const record::FitResult& result, const Asked& asked);
    void take_T_g(const record::ParameterEstimate& found, const std::string& reason);
    void take_T_x(double T_x_K, const std::string& reason);
    /// run_fits_series.cpp: the tests in time that are due.
    [[nodiscard]] Awaitable<void> fit_series(bool is_final);
    [[nodiscard]] Awaitable<void> fit_test(SeriesSnapshot test);
    /// Tells an alarm once a kind, and its end after some fits without one.
    void note_residuals(const std::string& model, const record::FitResult& result);
    void tell_lost(const std::string& model, const Error& error);
    void tell_no_estimate(const std::string& model, const std::string& reason);
    void tell(record::Severity severity, const char* code, std::string message, std::string detail);
    /// The number of the fit that was recorded; 0 where it had nothing to report.
    std::uint64_t take(const record::FitResult& result, const Asked& asked);

    FitWorker& worker_;
    Timing* timing_;
    std::int64_t run_id_;
    FitPlan plan_;
    bool simulated_;
    Sink sink_;
    std::function<void(double)> mask_hook_;
    TaskGroup tasks_;
    AsyncMutex one_round_;

    std::shared_ptr<PointsSoFar::List> points_ = std::make_shared<PointsSoFar::List>();
    SeriesWatch series_;
    std::map<std::string, double> series_start_;  ///< Of the present test, from its last fit.
    int segment_ = 0;                             ///< Of the newest point.
    std::size_t new_points_ = 0;                  ///< Since the last round of moduli began.
    std::size_t segment_points_ = 0;              ///< Of the present segment.
    record::DynamicPoint low_;                    ///< Lowest temperature and frequency so far …
    record::DynamicPoint high_;                   ///< … and the highest.
    bool wants_T_g_ = false;                      ///< Nobody gave one.
    double T_g_found_K_ = record::unknown;        ///< By `transitions`, as last recorded.
    double T_g_found_sd_K_ = record::unknown;
    double looked_at_K_ = record::unknown;  ///< Where transitions were last looked for.
    bool is_next_cold_ = false;
    bool is_wanted_ = false;
    bool is_draining_ = false;
    bool is_stopped_ = false;
    std::uint64_t fit_number_ = 0;
    std::uint64_t rounds_ = 0;
    std::uint64_t discarded_ = 0;
    std::optional<record::FitResult> dynamic_;         ///< Last usable.
    std::uint64_t dynamic_fit_number_ = 0;             ///< Of dynamic_.
    std::map<std::string, std::string> last_reasons_;  ///< By model; kind of the last reason told.
    struct Alarm {
        std::set<std::string> kinds;  ///< Told while it stands.
        int fits_without = 0;
    };
    std::map<std::string, Alarm> alarms_;  ///< That stand, by model.
};

}  // namespace relaxd::daemon
