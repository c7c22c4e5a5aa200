// SPDX-License-Identifier: MIT
//
// What live fits tell beside estimates: why there is none, a worker that was lost, and a model that
// stopped describing the specimen.
#include "daemon/core/logging.hpp"
#include "daemon/fits/run_fits.hpp"

#include <cctype>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr int fits_to_clear = 3;  ///< Without an alarm, one after the other.

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// `reason` without its numbers, their signs and exponents: what decides whether it is a new one.
std::string reason_kind(const std::string& reason) {
    std::string kind;
    for (std::size_t i = 0; i < reason.size(); ++i) {
        const char c = reason[i];
        const char next = i + 1 < reason.size() ? reason[i + 1] : ' ';
        if (is_digit(c)) {
            const bool has_exponent = next == 'e' || next == 'E';
            i += has_exponent && i + 2 < reason.size() &&
                         (is_digit(reason[i + 2]) || reason[i + 2] == '-' || reason[i + 2] == '+')
                     ? 1
                     : 0;
            continue;
        }
        const bool is_sign = (c == '-' || c == '+') && is_digit(next);
        if (c != '.' && !is_sign) {
            kind += c;
        }
    }
    return kind;
}

}  // namespace

void RunFits::note_residuals(const std::string& model, const record::FitResult& result) {
    if (!result.residuals) {
        return;  // such a fit knows no residuals
    }
    const auto standing = alarms_.find(model);
    if (result.residuals->is_alarm) {
        Alarm& alarm = alarms_[model];
        alarm.fits_without = 0;
        const std::string& said = result.residuals->sentence;
        if (alarm.kinds.insert(reason_kind(said)).second) {
            const std::string why =
                said.empty() ? "the residuals of model " + model + " are no noise" : said;
            tell(record::Severity::minor, "MODEL_ALARM", why, model);
        }
    } else if (standing != alarms_.end() && ++standing->second.fits_without >= fits_to_clear) {
        alarms_.erase(standing);
        tell(
            record::Severity::info,
            "MODEL_ALARM_CLEARED",
            "the residuals of model " + model + " look like noise again",
            model
        );
    }
}

void RunFits::tell_lost(const std::string& model, const Error& error) {
    log_for("fits")->warn(
        "fit failed run={} model={} error=\"{}\"",
        marked(run_id_, simulated_),
        model,
        error.sentence()
    );
    tell(record::Severity::minor, "FIT_WORKER_RESTARTED", error.message, model);
}

void RunFits::tell_no_estimate(const std::string& model, const std::string& reason) {
    const std::string kind = reason_kind(reason);
    const auto last = last_reasons_.find(model);
    if (last != last_reasons_.end() && last->second == kind) {
        return;
    }
    last_reasons_[model] = kind;
    tell(record::Severity::info, "NO_ESTIMATE", reason, model);
}

void RunFits::tell(
    record::Severity severity, const char* code, std::string message, std::string detail
) {
    record::Event event;
    event.time_utc = timing_->clock().utc();
    event.severity = severity;
    event.code = code;
    event.message = std::move(message);
    event.detail = std::move(detail);
    std::vector<record::Row> rows;
    rows.emplace_back(std::move(event));
    sink_(std::move(rows));
}

}  // namespace relaxd::daemon
