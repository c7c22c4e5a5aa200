// SPDX-License-Identifier: MIT
//
// GET /runs/{id}/score: a simulated run's estimates against its truth, on the exports' thread.
#include "daemon/serve/routes.hpp"
#include "schema/wire/score.hpp"

#include <boost/json/serialize.hpp>

#include <limits>
#include <memory>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

Result<json::object> score_of(store::RunReader& reader, const std::string& id) {
    const auto run = reader.run(id);
    if (!run) {
        return fail(run.error());
    }
    const auto estimates = reader.estimates(run->run_id, 0, all);
    if (!estimates) {
        return fail(estimates.error());
    }
    const auto truth = reader.truth(run->run_id);
    if (!truth) {
        return fail(truth.error());
    }
    const auto material = reader.fact(run->run_id, "simulation_material");
    if (!material) {
        return fail(material.error());
    }
    const auto found = score::score(*run, *estimates, *truth);
    if (!found) {
        return fail(found.error());
    }
    return wire::to_json(*run, material->value_or(""), *found);
}

}  // namespace

Awaitable<http::Response> Routes::score(Call call) {
    Reader::Query<http::Body> query = [id = call.arguments[0]](store::RunReader& reader
                                      ) -> Result<http::Body> {
        if (const auto begun = reader.begin_snapshot(); !begun) {
            return fail(begun.error());
        }
        const auto body = score_of(reader, id);
        reader.end_snapshot();
        if (!body) {
            return fail(body.error());
        }
        return std::make_shared<const std::string>(json::serialize(*body) + "\n");
    };
    co_return co_await answer(exports_, std::move(query));
}

}  // namespace relaxd::daemon
