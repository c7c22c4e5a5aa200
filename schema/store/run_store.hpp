// SPDX-License-Identifier: MIT
//
// The campaign file: SQLite, WAL, synchronous=FULL; commit, then publish.
//
// One `RunStore` is the one writer (its owner is the store thread); any number of `RunReader`s read
// beside it. A row is recorded when `append` has returned. Sequence numbers are given here, inside
// the transaction that commits the rows, so seq order is commit order (CONTRACT 5, 6).
//
// Threads: distinct objects safe, one object not. Ownership: the file's lock is held while open.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"
#include "schema/record/calibration.hpp"
#include "schema/record/records.hpp"
#include "schema/record/run_fact.hpp"
#include "schema/record/waveform.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relaxd::store {

/// The schema this build writes (PRAGMA user_version).
[[nodiscard]] int schema_version();

class RunStore {
  public:
    /// Opens or creates the file, takes the writer lock (`busy` with pid and host of the holder in
    /// the message if another process has it), migrates forward in one transaction. Errors: `busy`,
    /// `corrupt` (not a database, integrity check failed; never overwritten), `refused` (newer
    /// schema), `io`.
    [[nodiscard]] static Result<RunStore> open(const std::string& path);
    RunStore(RunStore&&) noexcept;
    RunStore& operator=(RunStore&&) noexcept;
    ~RunStore();

    /// Runs `work` in ONE transaction: what it writes is there as a whole when it succeeds, and not
    /// at all when it fails or the process dies.
    [[nodiscard]] Result<void> all_or_nothing(const std::function<Result<void>()>& work);

    /// A new run: fills run_id and uuid of the returned copy. Writes the specimen too.
    [[nodiscard]] Result<record::Run> create_run(
        const record::Run& run, const record::Specimen& specimen
    );

    /// Appends rows of one run in ONE transaction and fills their `seq` in place, dense and
    /// ascending. Nothing is acknowledged unless this returns success.
    [[nodiscard]] Result<void> append(std::int64_t run_id, std::span<record::Row> rows);

    /// As append, and sets the run's state in the same transaction (and its end when it is one):
    /// the STATE event must be among the rows.
    [[nodiscard]] Result<void> append_state(
        std::int64_t run_id,
        std::span<record::Row> rows,
        record::RunState state,
        const std::string& end_cause,
        UtcTime time
    );

    /// Inserts or updates one executed segment by number.
    [[nodiscard]] Result<void> put_segment(std::int64_t run_id, const record::Segment& segment);
    /// Truth rows of a simulated run; idempotent by (seq, parameter).
    [[nodiscard]] Result<void> put_truth(std::int64_t run_id, std::span<const record::Truth> rows);
    /// Inserts or updates one configured instrument by name.
    [[nodiscard]] Result<void> put_instrument(const record::Instrument& instrument);
    /// Small named facts of a run (run token, specimen history, mask, options): text by key.
    [[nodiscard]] Result<void> put_fact(
        std::int64_t run_id, const std::string& key, const std::string& value
    );
    /// Numbers that a run's moduli were computed with; a later one of the same name counts.
    [[nodiscard]] Result<void> put_run_facts(
        std::int64_t run_id, const std::vector<record::RunFact>& facts
    );
    /// A new set, as the next version of its name; the copy returned says which. Sets are never
    /// changed.
    [[nodiscard]] Result<record::Calibration> make_calibration(record::Calibration set);
    /// A set from another campaign, under the version it has. Nothing happens where the very same
    /// is there; `refused` where that version is another.
    [[nodiscard]] Result<void> add_calibration(const record::Calibration& set);
    /// Recomputes and stores the run's thermal history from its points (highest temperature, time
    /// above T_g - 50 K, whether T_x was passed): facts `thermal_T_max_K`,
    /// `thermal_time_above_Tg_minus_50K_s`, `thermal_T_x_passed` ("yes", "no", "unknown").
    [[nodiscard]] Result<void> put_thermal_history(std::int64_t run_id);

  private:
    struct State;
    explicit RunStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// The raw periods of one point.
struct StoredWaveform {
    std::uint64_t seq = 0;
    record::Waveform waveform;
};

/// Read-only view of a campaign file, beside a running daemon or without one.
class RunReader {
  public:
    [[nodiscard]] static Result<RunReader> open(const std::string& path);
    RunReader(RunReader&&) noexcept;
    RunReader& operator=(RunReader&&) noexcept;
    ~RunReader();

    /// All following reads see one snapshot until end_snapshot().
    [[nodiscard]] Result<void> begin_snapshot();
    void end_snapshot();

    [[nodiscard]] Result<std::vector<record::Run>> runs();
    /// By run_id or uuid (either is accepted as ID).
    [[nodiscard]] Result<record::Run> run(const std::string& id);
    [[nodiscard]] Result<record::Specimen> specimen(std::int64_t run_id);
    [[nodiscard]] Result<std::vector<record::Segment>> segments(std::int64_t run_id);
    [[nodiscard]] Result<std::vector<record::Instrument>> instruments();

    /// Rows with seq > after_seq, ascending, at most `limit`.
    [[nodiscard]] Result<std::vector<record::Point>> points(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    );
    /// At most `max_points` rows keeping first, min, max, last per frequency (of storage modulus,
    /// else of the first channel present), over all rows after `after_seq`; ascending seq.
    [[nodiscard]] Result<std::vector<record::Point>> points_decimated(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t max_points
    );
    [[nodiscard]] Result<std::vector<record::Estimate>> estimates(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    );
    [[nodiscard]] Result<std::vector<record::Event>> events(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    );
    [[nodiscard]] Result<std::vector<record::Gap>> gaps(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    );
    /// Points, gaps, estimates and events together, ascending seq: what a late client catches up
    /// on.
    [[nodiscard]] Result<std::vector<record::Row>> rows(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    );
    [[nodiscard]] Result<std::vector<record::Truth>> truth(std::int64_t run_id);
    [[nodiscard]] Result<std::optional<std::string>> fact(
        std::int64_t run_id, const std::string& key
    );
    /// Whether any run has this fact with this value.
    [[nodiscard]] Result<bool> has_fact(const std::string& key, const std::string& value);
    /// Raw periods of points with seq > after_seq, ascending, at most `limit`.
    [[nodiscard]] Result<std::vector<StoredWaveform>> waveforms(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    );
    /// What the run's moduli were computed with, by name.
    [[nodiscard]] Result<std::vector<record::RunFact>> run_facts(std::int64_t run_id);
    /// All calibration sets, by name and version.
    [[nodiscard]] Result<std::vector<record::Calibration>> calibrations();
    /// `not_found` names the nearest. Version 0 = the newest.
    [[nodiscard]] Result<record::Calibration> calibration(
        const std::string& name, std::uint64_t version = 0
    );
    [[nodiscard]] Result<std::uint64_t> distinct_frequencies(
        std::int64_t run_id, std::uint64_t after_seq
    );
    /// Newest committed reading number of the run, 0 if none; where a restarted daemon goes on.
    [[nodiscard]] Result<std::uint64_t> last_reading_number(std::int64_t run_id);
    /// What each stored fit depended on, by fit_number, of those with fit_number >
    /// `after_fit_number` at most `limit`; nothing of a run older than that.
    [[nodiscard]] Result<std::vector<record::FitInputs>> fits(
        std::int64_t run_id,
        std::uint64_t after_fit_number = 0,
        std::size_t limit = std::numeric_limits<std::size_t>::max()
    );
    /// Greatest fit_number of the run, 0 if none.
    [[nodiscard]] Result<std::uint64_t> last_fit_number(std::int64_t run_id);

  private:
    struct State;
    explicit RunReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// SHA-256 over the views' content (CONTRACT 6, `relaxctl digest`); one run, or all with nullopt.
[[nodiscard]] Result<std::string> digest(
    const std::string& path, const std::optional<std::string>& run_id
);

struct Verification {
    bool sound = false;
    std::vector<std::string> faults;  ///< First fault first; empty when sound.
    std::uint64_t runs = 0;
    std::uint64_t points = 0;
    std::uint64_t gaps = 0;
    std::uint64_t estimates = 0;
    std::uint64_t events = 0;
};

/// Integrity, foreign keys, dense sequences, counts, gaps, monotonic time (`relaxctl verify`).
[[nodiscard]] Result<Verification> verify(const std::string& path);

}  // namespace relaxd::store
