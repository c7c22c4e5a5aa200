// SPDX-License-Identifier: MIT
#include "daemon/fits/worker_loop.hpp"

#include "model/estimate/estimate.hpp"
#include "schema/base/clock.hpp"
#include "schema/record/estimate_rows.hpp"
#include "schema/record/series_window.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <exception>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace relaxd::daemon {

namespace {

// Sanitizers reserve terabytes of address space for themselves: no limits then.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif
#else
constexpr bool is_sanitized = false;
#endif

bool read_all(int descriptor, char* to, std::size_t count) {
    while (count > 0) {
        const ssize_t got = ::read(descriptor, to, count);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

/// The points of one data set, as told so far.
class Snapshot {
  public:
    /// False when the job refers to points that were never sent.
    bool apply(FitJob& job) {
        if (job.data_set != data_set_) {
            all_.keep_first(0);
            data_set_ = job.data_set;
        }
        if (job.keep > all_.points().size()) {
            return false;
        }
        all_.keep_first(job.keep);
        all_.append(job.appended);
        job.appended = {};  // not held twice while the fit computes
        return true;
    }
    /// Those of the wanted segments; all when none is named.
    [[nodiscard]] model::GrowingPoints& select(const std::vector<int>& segments) {
        if (segments.empty()) {
            return all_;
        }
        selected_ = model::GrowingPoints(record::select_segments(all_.points(), segments));
        return selected_;
    }

  private:
    std::int64_t data_set_ = 0;
    model::GrowingPoints all_;
    model::GrowingPoints selected_;
};

record::FitResult no_estimate(const FitJob& job, std::string reason) {
    record::FitResult result;
    result.model = job.options.model;
    result.reason = std::move(reason);
    return result;
}

/// The models of this worker.
struct Models {
    const FitFunction& fit;
    const SeriesFunction& fit_series;
};

record::FitResult compute(Snapshot& snapshot, const FitJob& job, const Models& models) {
    if (job.series) {
        record::FitResult result = models.fit_series(*job.series, job.options);
        record::note_window(result, *job.series);
        return result;
    }
    model::GrowingPoints& points = snapshot.select(job.segments);
    record::FitResult result =
        models.fit(points, job.options, job.dynamic ? &*job.dynamic : nullptr);
    record::note_window(result, points.points());
    return result;
}

record::FitResult answer(Snapshot& snapshot, FitJob& job, const Models& models) {
    if (!snapshot.apply(job)) {
        return no_estimate(job, "the fit worker lacks points that the daemon counts on");
    }
    const SystemClock clock;
    const SteadyTime began = clock.steady();
    record::FitResult result;
    try {
        result = compute(snapshot, job, models);
    } catch (const std::exception& error) {
        result = no_estimate(job, std::string("the fit failed: ") + error.what());
    } catch (...) {
        result = no_estimate(job, "the fit failed without saying why");
    }
    result.wall_ms = static_cast<double>(clock.steady().ns - began.ns) * 1e-6;
    return result;
}

void limit(int what, std::uint64_t bytes) {
    const rlimit bound{bytes, bytes};
    // A worker without a limit still has the daemon's hang limit: not fatal.
    (void)::setrlimit(static_cast<__rlimit_resource>(what), &bound);
}

}  // namespace

int serve_fits(int descriptor, const FitFunction& fit, const SeriesFunction& fit_series) {
    const Models models{fit, fit_series};
    Snapshot snapshot;
    while (true) {
        std::array<char, frame_head_bytes> head{};
        if (!read_all(descriptor, head.data(), head.size())) {
            return 0;
        }
        const auto length = decode_head({head.data(), head.size()});
        if (!length) {
            return 1;
        }
        std::string body(*length, '\0');
        if (!read_all(descriptor, body.data(), body.size())) {
            return 1;
        }
        auto job = decode_job(body);
        body = {};
        if (!job) {
            return 1;
        }
        if (!write_all(descriptor, encode(answer(snapshot, *job, models)))) {
            return 0;
        }
    }
}

void limit_worker_memory() {
    if constexpr (!is_sanitized) {
        limit(RLIMIT_DATA, worker_data_bytes);
        limit(RLIMIT_AS, worker_address_bytes);
    }
}

int run_fit_worker() {
    // Had the parent died before this line, the closed socket would end the worker all the same.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return 1;
    }
    // SIGINT of a terminal goes to the whole group: the daemon decides when the worker ends.
    (void)std::signal(SIGINT, SIG_IGN);
    (void)std::signal(SIGTERM, SIG_IGN);
    (void)std::signal(SIGPIPE, SIG_IGN);
    limit_worker_memory();
    const auto fit = [](model::GrowingPoints& points,
                        const record::FitOptions& options,
                        const record::FitResult* dynamic) {
        return model::fit(points, options, dynamic);
    };
    return serve_fits(worker_descriptor, fit, model::fit_series);
}

}  // namespace relaxd::daemon
