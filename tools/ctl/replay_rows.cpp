// SPDX-License-Identifier: MIT
#include "tools/ctl/replay_rows.hpp"

#include "schema/wire/read_back.hpp"
#include "tools/ctl/daemon_lists.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

template <typename Row>
using FromJson = Result<Row> (*)(const json::value& row);

/// The rows of one kind with seq up to `up_to`: what is committed up to there changes no more.
template <typename Row>
Result<std::vector<Row>> rows_up_to(
    const Globals& globals, const List& list, FromJson<Row> from_json, std::uint64_t up_to
) {
    std::vector<Row> rows;
    const auto take = [&](const json::value& one) -> Result<bool> {
        auto row = from_json(one);
        if (!row) {
            return fail(row.error());
        }
        if (row->seq > up_to) {
            return false;
        }
        rows.push_back(std::move(*row));
        return true;
    };
    if (const auto done = read_list(globals, list, take); !done) {
        return fail(done.error());
    }
    return rows;
}

Result<std::vector<record::FitInputs>> inputs_of_fits(
    const Globals& globals, const std::string& route
) {
    std::vector<record::FitInputs> inputs;
    const auto take = [&](const json::value& one) -> Result<bool> {
        auto row = wire::fit_inputs_from_json(one);
        if (!row) {
            return fail(row.error());
        }
        inputs.push_back(std::move(*row));
        return true;
    };
    const auto done = read_list(globals, {route + "/fits", "fits", "after_fit_number"}, take);
    if (!done && done.error().code == Errc::not_found) {  // The run itself was found before.
        return fail(
            Errc::not_built,
            "this relaxd is older than relaxctl and does not give out what its fits depended on",
            globals.url,
            "start a newer relaxd, or replay its campaign file: add --database FILE"
        );
    }
    if (!done) {
        return fail(done.error());
    }
    return inputs;
}

}  // namespace

Result<ReplayRows> replay_rows_from_file(const Globals& globals, const std::string& id) {
    auto reader = open_database(globals);
    if (!reader) {
        return fail(reader.error());
    }
    if (auto done = reader->begin_snapshot(); !done) {
        return fail(done.error());
    }
    auto run = reader->run(id);
    if (!run) {
        return fail(run.error());
    }
    auto points = reader->points(run->run_id, 0, all);
    auto estimates = points ? reader->estimates(run->run_id, 0, all) : fail(points.error());
    auto inputs = estimates ? reader->fits(run->run_id) : fail(estimates.error());
    if (!inputs) {
        return fail(inputs.error());
    }
    reader->end_snapshot();
    return ReplayRows{
        std::move(*run), std::move(*points), std::move(*estimates), std::move(*inputs)
    };
}

Result<ReplayRows> replay_rows_from_daemon(const Globals& globals, const std::string& id) {
    const auto body = object_at(globals, route_of_run(id));
    auto run = body ? wire::run_from_json(*body) : fail(body.error());
    if (!run) {
        return fail(run.error());
    }
    const std::string route = route_of_run(std::to_string(run->run_id));
    // The run's last_seq is the point up to which everything is taken. The inputs of a fit are
    // committed with its first estimate, so they are there once the estimates are.
    auto estimates = rows_up_to<record::Estimate>(
        globals, {route + "/estimates", "estimates"}, wire::estimate_from_json, run->last_seq
    );
    auto inputs = estimates ? inputs_of_fits(globals, route) : fail(estimates.error());
    auto points =
        inputs ? rows_up_to<record::Point>(
                     globals, {route + "/points", "points"}, wire::point_from_json, run->last_seq
                 )
               : fail(inputs.error());
    if (!points) {
        return fail(points.error());
    }
    return ReplayRows{
        std::move(*run), std::move(*points), std::move(*estimates), std::move(*inputs)
    };
}

}  // namespace relaxd::ctl
