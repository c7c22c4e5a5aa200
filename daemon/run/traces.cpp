// SPDX-License-Identifier: MIT
//
// The laboratory's traffic traces: one switch an instrument.
#include "daemon/core/io_thread.hpp"
#include "daemon/run/laboratory_core.hpp"

#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double end_limit_s = 1.0;  // a disk that hangs does not keep the daemon from ending
}

Awaitable<Result<TrafficView>> LaboratoryCore::set_trace(
    std::string instrument, bool on, std::optional<std::uint64_t> lease
) {
    assert_on_io_thread();
    InstrumentSession* session = session_of(instrument);
    if (session == nullptr) {
        co_return no_instrument(instrument);
    }
    const auto allowed = leases_.check(instrument, lease, parts_.timing->clock().steady());
    if (!allowed) {
        co_return fail(allowed.error());
    }
    if (session->is_read_only()) {
        co_return fail(
            Errc::refused, "it is followed in a folder: there is no link to trace", instrument
        );
    }
    const std::shared_ptr<TrafficTrace> trace = session->trace();
    if (trace == nullptr || is_closing_) {
        co_return fail(
            Errc::refused,
            is_closing_ ? "the daemon is shutting down" : "this daemon keeps no traffic traces",
            instrument
        );
    }
    Awaitable<Result<void>> ask = on ? trace->switch_on() : trace->switch_off();
    const Result<void> done = co_await std::move(ask);
    if (!done) {
        co_return fail(done.error());
    }
    co_return trace->view();
}

TrafficView LaboratoryCore::trace_of(const std::string& instrument) const {
    const InstrumentSession* session = session_of(instrument);
    TrafficView none;
    return session != nullptr && session->trace() ? session->trace()->view() : none;
}

Awaitable<void> LaboratoryCore::end_traces() {
    for (const auto& [name, session] : sessions_) {
        if (session->trace() != nullptr) {
            Awaitable<Result<void>> ask = session->trace()->switch_off();
            (void)co_await with_deadline(parts_.timing, end_limit_s, std::move(ask));
        }
    }
}

}  // namespace relaxd::daemon
