// SPDX-License-Identifier: MIT
//
// GET /calibrations, /calibrations/{name}: the calibration sets of the campaign file. GET
// /runs/{id}/facts: what a run's moduli were computed with.
#include "daemon/serve/routes.hpp"
#include "schema/wire/calibration.hpp"

#include <boost/json/serialize.hpp>

#include <memory>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

Awaitable<http::Response> Routes::calibrations(Call /*call*/) {
    Reader::Query<http::Body> query = [](store::RunReader& reader) -> Result<http::Body> {
        const auto sets = reader.calibrations();
        if (!sets) {
            return fail(sets.error());
        }
        json::array list;
        for (const record::Calibration& set : *sets) {
            list.emplace_back(wire::to_json(set, true));
        }
        json::object body;
        body["calibrations"] = std::move(list);
        return std::make_shared<const std::string>(json::serialize(body) + "\n");
    };
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::calibration(Call call) {
    Reader::Query<http::Body> query = [name = call.arguments[0]](store::RunReader& reader
                                      ) -> Result<http::Body> {
        const auto set = reader.calibration(name);
        if (!set) {
            return fail(set.error());
        }
        return std::make_shared<const std::string>(
            json::serialize(wire::to_json(*set, false)) + "\n"
        );
    };
    co_return co_await answer(reads_, std::move(query));
}

Awaitable<http::Response> Routes::run_facts(Call call) {
    Reader::Query<http::Body> query = [id = call.arguments[0]](store::RunReader& reader
                                      ) -> Result<http::Body> {
        const auto run = reader.run(id);
        const auto facts = run ? reader.run_facts(run->run_id) : fail(run.error());
        if (!facts) {
            return fail(facts.error());
        }
        json::array list;
        for (const record::RunFact& fact : *facts) {
            list.emplace_back(wire::to_json(fact));
        }
        json::object body;
        body["facts"] = std::move(list);
        return std::make_shared<const std::string>(json::serialize(body) + "\n");
    };
    co_return co_await answer(reads_, std::move(query));
}

}  // namespace relaxd::daemon
