// SPDX-License-Identifier: MIT
#include "schema/store/calibration_sql.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/sha256.hpp"
#include "schema/store/row_sql.hpp"

#include <cmath>
#include <map>
#include <utility>

namespace relaxd::store {

namespace {

constexpr std::string_view set_prefix = "calibration:";

/// A row of the table as it is stored.
struct StoredSet {
    std::string name;
    std::uint64_t version = 0;
    std::string content;
    std::string sha256;
};

StoredSet take_set(Statement& row) {
    StoredSet out;
    out.name = row.take_text();
    out.version = row.take_count();
    out.content = row.take_text();
    out.sha256 = row.take_text();
    return out;
}

constexpr std::string_view select_set = "SELECT name, version, content, sha256 FROM calibration";

std::string title(const StoredSet& stored) {
    return stored.name + " version " + std::to_string(stored.version);
}

Result<record::Calibration> checked(const Database& database, const StoredSet& stored) {
    auto set = record::calibration_from(stored.content);
    if (sha256_hex(stored.content) != stored.sha256 || !set || set->name != stored.name ||
        set->version != stored.version) {
        return fail(
            Errc::corrupt,
            "calibration " + title(stored) + " is not what was stored",
            database.path(),
            "relaxctl verify FILE; restore the file from a backup"
        );
    }
    return set;
}

record::RunFact take_fact(Statement& row) {
    record::RunFact fact;
    fact.name = row.take_text();
    fact.value = row.take_double();
    fact.sigma = row.take_double();
    fact.unit = row.take_text();
    fact.text = row.take_text();
    fact.source = row.take_text();
    return fact;
}

}  // namespace

Result<void> insert_calibration(Database& database, const record::Calibration& set) {
    if (auto fine = record::check(set); !fine) {
        return fine;
    }
    auto row = database.use(
        "INSERT INTO calibration (name, version, kind, instrument, serial_number, clamp, made_ns, "
        "content, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    if (!row) {
        return fail(row.error());
    }
    const std::string content = record::calibration_text(set);
    (*row)->put(set.name).put(set.version).put(set.kind).put(set.instrument);
    (*row)->put(set.serial_number).put(set.clamp).put(set.made_utc.ns);
    return (*row)->put(content).put(sha256_hex(content)).run();
}

Result<std::uint64_t> newest_version(Database& database, const std::string& name) {
    auto found = select_all<std::uint64_t>(
        database,
        "SELECT coalesce(max(version), 0) FROM calibration WHERE name = ?",
        [&](Statement& row) { row.put(name); },
        [](Statement& row) { return row.take_count(); }
    );
    if (!found) {
        return fail(found.error());
    }
    return found->empty() ? std::uint64_t{0} : found->front();
}

Result<std::vector<record::Calibration>> read_calibrations(Database& database) {
    auto rows = select_all<StoredSet>(
        database, std::string(select_set) + " ORDER BY name, version", [](Statement&) {}, take_set
    );
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<record::Calibration> sets;
    for (const StoredSet& stored : *rows) {
        auto set = checked(database, stored);
        if (!set) {
            return fail(set.error());
        }
        sets.push_back(std::move(*set));
    }
    return sets;
}

Result<record::Calibration> read_calibration(
    Database& database, const std::string& name, std::uint64_t version
) {
    auto rows = select_all<StoredSet>(
        database,
        std::string(select_set) +
            " WHERE name = ?1 AND (?2 = 0 OR version = ?2) ORDER BY version DESC LIMIT 1",
        [&](Statement& row) { row.put(name).put(version); },
        take_set
    );
    if (!rows) {
        return fail(rows.error());
    }
    if (!rows->empty()) {
        return checked(database, rows->front());
    }
    auto known = select_all<std::string>(
        database,
        "SELECT DISTINCT name FROM calibration ORDER BY name",
        [](Statement&) {},
        [](Statement& row) { return row.take_text(); }
    );
    if (!known) {
        return fail(known.error());
    }
    std::string hint = "relaxctl calibration make";
    if (!known->empty()) {
        const std::vector<std::string_view> words(known->begin(), known->end());
        hint =
            "did you mean \"" + std::string(nearest(name, words)) + "\"? known: " + joined(words);
    }
    const std::string which = version == 0 ? "" : " version " + std::to_string(version);
    return fail(
        Errc::not_found, "there is no calibration set " + name + which, database.path(), hint
    );
}

Result<void> put_facts(
    Database& database, std::int64_t run_id, const std::vector<record::RunFact>& facts
) {
    for (const record::RunFact& fact : facts) {
        auto row = database.use(
            "INSERT INTO run_fact (run_id, name, value, sigma, unit, text, source) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (run_id, name) DO UPDATE SET "
            "value = ?3, sigma = ?4, unit = ?5, text = ?6, source = ?7"
        );
        if (!row) {
            return fail(row.error());
        }
        (*row)->put(run_id).put(fact.name).put(fact.value).put(fact.sigma).put(fact.unit);
        if (auto done = (*row)->put(fact.text).put(fact.source).run(); !done) {
            return done;
        }
    }
    return {};
}

Result<std::vector<record::RunFact>> read_facts(Database& database, std::int64_t run_id) {
    return select_all<record::RunFact>(
        database,
        "SELECT name, value, sigma, unit, text, source FROM run_fact WHERE run_id = ? ORDER BY "
        "name",
        [&](Statement& row) { row.put(run_id); },
        take_fact
    );
}

Result<std::vector<std::string>> calibration_faults(Database& database) {
    auto rows = select_all<StoredSet>(
        database, std::string(select_set) + " ORDER BY name, version", [](Statement&) {}, take_set
    );
    if (!rows) {
        return fail(rows.error());
    }
    std::vector<std::string> faults;
    std::map<std::string, std::string> hashes;
    for (const StoredSet& stored : *rows) {
        if (!checked(database, stored)) {
            faults.push_back("calibration " + title(stored) + " is not what was stored");
        }
        hashes[title(stored)] = stored.sha256;
    }
    auto named = select_all<StoredSet>(
        database,
        "SELECT name, CAST(coalesce(value, 0) AS INTEGER), 'run ' || run_id, text FROM run_fact "
        "WHERE name LIKE 'calibration:%' ORDER BY run_id, name",
        [](Statement&) {},
        take_set
    );
    if (!named) {
        return fail(named.error());
    }
    for (StoredSet& fact : *named) {
        fact.name = fact.name.substr(set_prefix.size());
        const auto found = hashes.find(title(fact));
        if (found == hashes.end() || found->second != fact.sha256) {
            faults.push_back(
                fact.content + " was computed with calibration " + title(fact) + ", which is " +
                (found == hashes.end() ? "not in the file" : "another one in the file")
            );
        }
    }
    return faults;
}

}  // namespace relaxd::store
