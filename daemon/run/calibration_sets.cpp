// SPDX-License-Identifier: MIT
//
// The calibration sets that an instrument's configuration names, read when a run begins; those that
// a run began with, read when it goes on.
#include "daemon/run/laboratory_core.hpp"
#include "daemon/run/reduction_input.hpp"

#include <utility>

namespace relaxd::daemon {

Awaitable<Result<void>> LaboratoryCore::look_up_calibration(
    RunIdentity& identity, const InstrumentSession& session
) {
    // An impossible number is told before anything is created.
    const auto numbers = clamp_numbers(identity.specimen, drivers::Geometry());
    if (!numbers) {
        co_return fail(numbers.error());
    }
    const std::vector<std::string> names = session.config().calibration;
    if (names.empty()) {
        co_return Result<void>();
    }
    using Sets = std::vector<record::Calibration>;
    std::function<Result<Sets>(Campaign&)> read = [names](Campaign& campaign) -> Result<Sets> {
        Sets sets;
        for (const std::string& name : names) {
            auto set = campaign.calibration(name, 0);
            if (!set) {
                return fail(set.error());
            }
            sets.push_back(std::move(*set));
        }
        return sets;
    };
    auto configured = co_await parts_.store->call(std::move(read));
    if (!configured) {
        Error error = configured.error();
        error.code =
            Errc::refused;  // what was asked for exists; what the configuration names does not
        co_return fail(std::move(error));
    }
    auto sets = sets_for(
        std::move(*configured), identity.specimen.clamp, identity.serial_number, identity.sets_told
    );
    if (!sets) {
        co_return fail(sets.error());
    }
    identity.sets = std::move(*sets);
    co_return Result<void>();
}

Awaitable<void> LaboratoryCore::take_reduction_up(RunPtr run) {
    const std::int64_t run_id = run->run_id();
    std::function<Result<StoredReduction>(Campaign&)> read = [run_id](Campaign& campaign
                                                             ) -> Result<StoredReduction> {
        StoredReduction stored;
        auto facts = campaign.run_facts(run_id);
        if (!facts) {
            return fail(facts.error());
        }
        stored.facts = std::move(*facts);
        for (const model::SetReference& named : model::reduction_from(stored.facts).sets) {
            auto set = campaign.calibration(named.name, named.version);
            if (set) {
                stored.sets.push_back(std::move(*set));
            }
        }
        return stored;
    };
    auto stored = co_await parts_.store->call(std::move(read));
    if (stored && !stored->facts.empty()) {
        run->continue_reduction(*stored);
    }
}

}  // namespace relaxd::daemon
