// SPDX-License-Identifier: MIT
//
// A specimen in its two tables (specimen, anneal).
#include "schema/store/flat_json.hpp"
#include "schema/store/row_sql.hpp"

#include <utility>

namespace relaxd::store {

namespace {

Result<void> insert_anneals(
    Database& database, std::int64_t run_id, const std::vector<record::Anneal>& anneals
) {
    int number = 0;
    for (const record::Anneal& anneal : anneals) {
        auto row = database.use(
            "INSERT INTO anneal (run_id, number, temperature_K, duration_s, atmosphere) "
            "VALUES (?, ?, ?, ?, ?)"
        );
        if (!row) {
            return fail(row.error());
        }
        (*row)->put(run_id).put(++number).put(anneal.temperature_K).put(anneal.duration_s);
        if (auto done = (*row)->put(anneal.atmosphere).run(); !done) {
            return done;
        }
    }
    return {};
}

record::Specimen take_specimen(Statement& row) {
    record::Specimen specimen;
    specimen.name = row.take_text();
    specimen.id = row.take_text();
    specimen.parent_plate = row.take_text();
    specimen.composition_at_percent =
        numbers_from(row.take_text()).value_or(std::map<std::string, double>{});
    specimen.form = row.take_text();
    specimen.production = row.take_text();
    specimen.state = row.take_text();
    specimen.surface = row.take_text();
    specimen.T_g_K = row.take_double();
    specimen.T_x_K = row.take_double();
    specimen.dsc_rate_K_per_s = row.take_double();
    specimen.clamp = row.take_text();
    specimen.length_m = row.take_double();
    specimen.length_sigma_m = row.take_double();
    specimen.width_m = row.take_double();
    specimen.width_sigma_m = row.take_double();
    specimen.thickness_m = row.take_double();
    specimen.thickness_sigma_m = row.take_double();
    specimen.poisson_ratio = row.take_double();
    specimen.atmosphere = row.take_text();
    specimen.extra = texts_from(row.take_text()).value_or(std::map<std::string, std::string>{});
    return specimen;
}

}  // namespace

Result<void> insert_specimen(
    Database& database, std::int64_t run_id, const record::Specimen& specimen
) {
    auto prepared = database.use(
        "INSERT INTO specimen (run_id, name, id, parent_plate, composition_at_percent, form, "
        "production, state, surface, T_g_K, T_x_K, dsc_rate_K_per_s, clamp, length_m, "
        "length_sigma_m, width_m, width_sigma_m, thickness_m, thickness_sigma_m, poisson_ratio, "
        "atmosphere, extra) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    if (!prepared) {
        return fail(prepared.error());
    }
    const std::string composition = flat_json(specimen.composition_at_percent);
    const std::string extra = flat_json(specimen.extra);
    Statement& row = **prepared;
    row.put(run_id).put(specimen.name).put(specimen.id).put(specimen.parent_plate);
    row.put(composition).put(specimen.form).put(specimen.production).put(specimen.state);
    row.put(specimen.surface).put(specimen.T_g_K).put(specimen.T_x_K);
    row.put(specimen.dsc_rate_K_per_s).put(specimen.clamp);
    row.put(specimen.length_m).put(specimen.length_sigma_m);
    row.put(specimen.width_m).put(specimen.width_sigma_m);
    row.put(specimen.thickness_m).put(specimen.thickness_sigma_m);
    row.put(specimen.poisson_ratio).put(specimen.atmosphere).put(extra);
    if (auto done = row.run(); !done) {
        return done;
    }
    return insert_anneals(database, run_id, specimen.anneals);
}

Result<record::Specimen> read_specimen(Database& database, std::int64_t run_id) {
    const auto bind = [run_id](Statement& statement) { statement.put(run_id); };
    auto found = select_all<record::Specimen>(
        database,
        "SELECT name, id, parent_plate, composition_at_percent, form, production, state, surface, "
        "T_g_K, T_x_K, dsc_rate_K_per_s, clamp, length_m, length_sigma_m, width_m, width_sigma_m, "
        "thickness_m, thickness_sigma_m, poisson_ratio, atmosphere, extra "
        "FROM specimen WHERE run_id = ?",
        bind,
        take_specimen
    );
    if (!found) {
        return fail(found.error());
    }
    if (found->empty()) {
        return fail(
            Errc::not_found,
            "there is no run " + std::to_string(run_id),
            database.path(),
            "list the runs"
        );
    }
    auto anneals = select_all<record::Anneal>(
        database,
        "SELECT temperature_K, duration_s, atmosphere FROM anneal WHERE run_id = ? ORDER BY number",
        bind,
        [](Statement& row) {
            record::Anneal anneal;
            anneal.temperature_K = row.take_double();
            anneal.duration_s = row.take_double();
            anneal.atmosphere = row.take_text();
            return anneal;
        }
    );
    if (!anneals) {
        return fail(anneals.error());
    }
    found->front().anneals = std::move(*anneals);
    return std::move(found->front());
}

}  // namespace relaxd::store
