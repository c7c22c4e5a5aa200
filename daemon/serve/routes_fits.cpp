// SPDX-License-Identifier: MIT
//
// GET /runs/{id}/fits: what each stored fit depended on, page by page. A fit has a number of its
// own and no seq: its rows of v_estimate have those.
#include "daemon/serve/routes.hpp"

#include <boost/json/serialize.hpp>

#include <memory>
#include <utility>

namespace relaxd::daemon {

namespace json = wire::json;

Awaitable<http::Response> Routes::fits(Call call) {
    const auto page = page_of(call.query);
    if (!page) {
        co_return error_response(page.error());
    }
    Reader::Query<http::Body> query =
        [id = call.arguments[0], page = *page](store::RunReader& reader) -> Result<http::Body> {
        const auto run = reader.run(id);
        if (!run) {
            return fail(run.error());
        }
        const auto found = reader.fits(run->run_id, page.after_fit_number, page.limit);
        if (!found) {
            return fail(found.error());
        }
        json::array list;
        for (const record::FitInputs& one : *found) {
            list.emplace_back(wire::to_json(run->run_id, one));
        }
        json::object body;
        body["fits"] = std::move(list);
        body["next_after_fit_number"] =
            found->empty() ? page.after_fit_number : found->back().fit_number;
        return std::make_shared<const std::string>(json::serialize(body) + "\n");
    };
    co_return co_await answer(reads_, std::move(query));
}

}  // namespace relaxd::daemon
