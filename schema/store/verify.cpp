// SPDX-License-Identifier: MIT
//
// `relaxctl verify`: is the file sound, and does each run's record agree with itself?
#include "schema/base/number.hpp"
#include "schema/store/calibration_sql.hpp"
#include "schema/store/campaign_file.hpp"
#include "schema/store/row_sql.hpp"
#include "schema/store/run_store.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::store {

namespace {

constexpr std::size_t faults_at_most = 20;

std::string of_run(const record::Run& run) {
    return " of run " + std::to_string(run.run_id);
}

class Verifier {
  public:
    explicit Verifier(Database& database) : database_(database) {}

    Verification result;

    void note(std::string fault) {
        if (result.faults.size() < faults_at_most) {
            result.faults.push_back(std::move(fault));
        }
    }

    /// Calls `each` for every row of `sql`, which has the run as its only parameter (or none).
    template <typename Each>
    void scan(std::string_view sql, std::int64_t run_id, Each each) {
        auto prepared = database_.use(sql);
        if (!prepared) {
            note(prepared.error().message);
            return;
        }
        Statement& row = **prepared;
        if (run_id > 0) {
            row.put(run_id);
        }
        while (true) {
            const auto more = row.step();
            if (!more) {
                note(more.error().message);
            }
            if (!more || !*more) {
                row.reset();
                return;
            }
            if (!each(row)) {
                row.reset();
                return;
            }
        }
    }

    std::uint64_t number(std::string_view sql, std::int64_t run_id) {
        std::uint64_t value = 0;
        scan(sql, run_id, [&](Statement& row) {
            value = row.take_count();
            return false;
        });
        return value;
    }

    void check_file() {
        scan("PRAGMA integrity_check(20)", 0, [&](Statement& row) {
            if (std::string text = row.take_text(); text != "ok") {
                note("the file is damaged: " + text);
            }
            return true;
        });
        scan("PRAGMA foreign_key_check", 0, [&](Statement& row) {
            note("a row of table " + row.take_text() + " belongs to a run that does not exist");
            return true;
        });
    }

    void check_sequence(const record::Run& run) {
        std::uint64_t expected = 1;
        bool dense = true;
        scan(
            "SELECT seq FROM point WHERE run_id = ?1 UNION ALL SELECT seq FROM gap WHERE "
            "run_id = ?1 UNION ALL SELECT seq FROM event WHERE run_id = ?1 UNION ALL SELECT seq "
            "FROM estimate WHERE run_id = ?1 ORDER BY 1",
            run.run_id,
            [&](Statement& row) {
                const std::uint64_t seq = row.take_count();
                if (seq != expected) {
                    dense = false;
                    note(
                        seq < expected
                            ? "seq " + std::to_string(seq) + of_run(run) + " is there twice"
                            : "seq " + std::to_string(expected) + of_run(run) + " is missing"
                    );
                    return false;
                }
                ++expected;
                return true;
            }
        );
        if (dense && expected - 1 != run.last_seq) {
            note(
                "the rows" + of_run(run) + " end at seq " + std::to_string(expected - 1) +
                ", its last_seq is " + std::to_string(run.last_seq)
            );
        }
    }

    void check_state(const record::Run& run) {
        scan(
            "SELECT detail FROM event WHERE run_id = ? AND code = 'STATE' ORDER BY seq DESC LIMIT "
            "1",
            run.run_id,
            [&](Statement& row) {
                const std::string last = row.take_text();
                if (last != record::to_word(run.state)) {
                    note(
                        "the state" + of_run(run) + " is " +
                        std::string(record::to_word(run.state)) + ", its last STATE event says " +
                        last
                    );
                }
                return false;
            }
        );
    }

    /// Every reading number is a point or in a gap, never both; numbers ascend with seq.
    void check_readings(const record::Run& run) {
        std::vector<record::Gap> gaps;
        scan(
            std::string(select_gap) + " WHERE run_id = ? ORDER BY first_number",
            run.run_id,
            [&](Statement& row) {
                gaps.push_back(take_gap(row));
                return true;
            }
        );
        // A gap that does not know its numbers explains any hole.
        const bool knows_all = std::all_of(gaps.begin(), gaps.end(), [](const record::Gap& gap) {
            return gap.first_number > 0;
        });
        std::uint64_t expected = 1;
        scan(
            "SELECT reading_number FROM point WHERE run_id = ? AND reading_number > 0 ORDER BY seq",
            run.run_id,
            [&](Statement& row) {
                const std::uint64_t found = row.take_count();
                if (found < expected) {
                    note(
                        "reading " + std::to_string(found) + of_run(run) +
                        " is stored after a later one"
                    );
                    return false;
                }
                for (const record::Gap& gap : gaps) {
                    if (gap.first_number <= expected && expected < gap.first_number + gap.missing) {
                        expected = gap.first_number + gap.missing;
                    }
                }
                if (found < expected) {
                    note(
                        "reading " + std::to_string(found) + of_run(run) +
                        " is stored, and a gap counts it as lost"
                    );
                    return false;
                }
                if (found > expected && knows_all) {
                    note(
                        "reading " + std::to_string(expected) + of_run(run) +
                        " is neither stored nor recorded as a gap"
                    );
                    return false;
                }
                expected = found + 1;
                return true;
            }
        );
    }

    /// Instrument time never goes back within a segment. Imported files keep their own time.
    void check_time(const record::Run& run) {
        if (run.instrument == "import") {
            return;
        }
        std::int64_t segment = 0;
        double before_s = record::unknown;
        scan(
            "SELECT seq, segment, time_s FROM point WHERE run_id = ? AND time_s IS NOT NULL "
            "ORDER BY seq",
            run.run_id,
            [&](Statement& row) {
                const std::uint64_t seq = row.take_count();
                const std::int64_t in_segment = row.take_int();
                const double time_s = row.take_double();
                if (std::isnan(time_s)) {
                    return true;
                }
                if (in_segment == segment && time_s < before_s) {
                    note(
                        "time goes back from " + to_text(before_s) + " s to " + to_text(time_s) +
                        " s at seq " + std::to_string(seq) + of_run(run)
                    );
                    return false;
                }
                segment = in_segment;
                before_s = time_s;
                return true;
            }
        );
    }

    /// Every set is what was stored, and every run's sets are there.
    void check_calibrations() {
        const auto faults = calibration_faults(database_);
        if (!faults) {
            note(faults.error().message);
            return;
        }
        for (const std::string& fault : *faults) {
            note(fault);
        }
    }

    /// Raw periods can be read, and are what their row says.
    void check_waveforms(const record::Run& run) {
        scan(
            "SELECT seq, samples, bytes FROM waveform WHERE run_id = ? ORDER BY seq",
            run.run_id,
            [&](Statement& row) {
                const std::uint64_t seq = row.take_count();
                const std::uint64_t samples = row.take_count();
                const auto waveform = record::unpack(row.take_text());
                if (!waveform || waveform->samples() != samples) {
                    note(
                        "the raw periods at seq " + std::to_string(seq) + of_run(run) +
                        (waveform ? " are not as many as their row says"
                                  : " cannot be read: " + waveform.error().message)
                    );
                    return false;
                }
                return true;
            }
        );
    }

    void count_rows(const record::Run& run) {
        const std::int64_t id = run.run_id;
        result.points += number("SELECT count(*) FROM point WHERE run_id = ?", id);
        result.gaps += number("SELECT count(*) FROM gap WHERE run_id = ?", id);
        result.estimates += number("SELECT count(*) FROM estimate WHERE run_id = ?", id);
        result.events += number("SELECT count(*) FROM event WHERE run_id = ?", id);
    }

  private:
    Database& database_;
};

}  // namespace

Result<Verification> verify(const std::string& path) {
    auto database = open_reader(path);
    if (!database) {
        return fail(database.error());
    }
    auto snapshot = Transaction::begin(*database, Transaction::Kind::read);
    if (!snapshot) {
        return fail(snapshot.error());
    }
    Verifier verifier(*database);
    verifier.check_file();
    std::vector<record::Run> runs;
    verifier.scan(std::string(select_run) + " ORDER BY run_id", 0, [&](Statement& row) {
        runs.push_back(take_run(row));
        return true;
    });
    verifier.result.runs = runs.size();
    for (const record::Run& run : runs) {
        verifier.check_sequence(run);
        verifier.check_state(run);
        verifier.check_readings(run);
        verifier.check_time(run);
        verifier.check_waveforms(run);
        verifier.count_rows(run);
    }
    verifier.check_calibrations();
    verifier.result.sound = verifier.result.faults.empty();
    return verifier.result;
}

}  // namespace relaxd::store
