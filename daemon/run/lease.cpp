// SPDX-License-Identifier: MIT
#include "daemon/run/lease.hpp"

namespace relaxd::daemon {

namespace {
constexpr std::int64_t lease_ns = static_cast<std::int64_t>(lease_s * 1e9);
constexpr std::int64_t ns_per_s = 1'000'000'000;
}  // namespace

bool LeaseTable::is_live(const Lease& lease, SteadyTime now) {
    return lease.is_held && now < lease.expires;
}

tl::unexpected<Error> LeaseTable::held(
    const std::string& instrument, const Lease& lease, SteadyTime now
) {
    const std::int64_t left_s = ((lease.expires.ns - now.ns) / ns_per_s) + 1;
    std::string message = "lease_held: " + lease.client + " has control of " + instrument;
    if (!lease.note.empty()) {
        message += " (" + lease.note + ")";
    }
    return fail(
        Errc::refused,
        std::move(message),
        instrument,
        "wait until it is released or expires (" + std::to_string(left_s) +
            " s unless renewed), or take over"
    );
}

Result<std::uint64_t> LeaseTable::acquire(
    const std::string& instrument,
    const std::string& client,
    const std::string& note,
    bool take_over,
    SteadyTime now
) {
    if (client.empty()) {
        return fail(Errc::invalid, "a lease needs the name of its holder", "client");
    }
    Lease& lease = leases_[instrument];
    const bool is_own = is_live(lease, now) && lease.client == client;
    if (is_live(lease, now) && !is_own && !take_over) {
        return held(instrument, lease, now);
    }
    if (!is_own || take_over) {
        lease.number = ++last_number_;
    }
    lease.client = client;
    lease.note = note;
    lease.is_held = true;
    lease.expires = SteadyTime{now.ns + lease_ns};
    return lease.number;
}

Result<void> LeaseTable::release(
    const std::string& instrument, std::uint64_t number, SteadyTime now
) {
    const auto found = leases_.find(instrument);
    if (found == leases_.end() || !is_live(found->second, now)) {
        return {};
    }
    if (found->second.number != number) {
        return held(instrument, found->second, now);
    }
    found->second.is_held = false;
    return {};
}

Result<void> LeaseTable::check(
    const std::string& instrument, std::optional<std::uint64_t> number, SteadyTime now
) {
    const auto found = leases_.find(instrument);
    if (found == leases_.end()) {
        return {};
    }
    Lease& lease = found->second;
    if (!is_live(lease, now)) {
        if (number && *number != lease.number) {
            return fail(
                Errc::refused,
                "lease_held: lease " + std::to_string(*number) + " of " + instrument +
                    " is an old one",
                instrument,
                "acquire the lease again, or leave X-Relaxd-Lease out while nobody holds it"
            );
        }
        return {};
    }
    if (!number || *number != lease.number) {
        return held(instrument, lease, now);
    }
    lease.expires = SteadyTime{now.ns + lease_ns};
    return {};
}

std::string LeaseTable::holder(const std::string& instrument, SteadyTime now) const {
    const auto found = leases_.find(instrument);
    if (found == leases_.end() || !is_live(found->second, now)) {
        return {};
    }
    const Lease& lease = found->second;
    return lease.note.empty() ? lease.client : lease.client + " (" + lease.note + ")";
}

}  // namespace relaxd::daemon
