// SPDX-License-Identifier: MIT
//
// The campaign file as the store thread sees it: the one writer, and the few questions a restarted
// daemon asks. An interface so that tests can let the n-th commit fail. Store thread only.

#pragma once

#include "daemon/fits/prior_run.hpp"
#include "schema/base/result.hpp"
#include "schema/record/calibration.hpp"
#include "schema/record/records.hpp"
#include "schema/record/run_fact.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace relaxd::daemon {

/// What is stored of a run that has not ended: where a restarted daemon goes on.
struct StoredRun {
    record::Run run;
    record::Specimen specimen;
    std::string run_token;      ///< Empty when it was never stored.
    std::string serial_number;  ///< Of the instrument at the start.
    std::vector<record::Segment> segments;
    std::uint64_t last_number = 0;  ///< Newest reading number, stored or known as lost.
    std::uint64_t last_fit_number = 0;
    double fit_T_max_K = record::unknown;  ///< The mask of its fits.
    StoredRun() = default;
};

class Campaign {
  public:
    virtual ~Campaign() = default;

    // Writing: as store::RunStore.
    [[nodiscard]] virtual Result<record::Run> create_run(
        const record::Run& run, const record::Specimen& specimen
    ) = 0;
    [[nodiscard]] virtual Result<void> append(std::int64_t run_id, std::span<record::Row> rows) = 0;
    [[nodiscard]] virtual Result<void> append_state(
        std::int64_t run_id,
        std::span<record::Row> rows,
        record::RunState state,
        const std::string& end_cause,
        UtcTime time
    ) = 0;
    [[nodiscard]] virtual Result<void> put_segment(
        std::int64_t run_id, const record::Segment& segment
    ) = 0;
    [[nodiscard]] virtual Result<void> put_truth(
        std::int64_t run_id, std::span<const record::Truth> rows
    ) = 0;
    [[nodiscard]] virtual Result<void> put_instrument(const record::Instrument& instrument) = 0;
    [[nodiscard]] virtual Result<void> put_fact(
        std::int64_t run_id, const std::string& key, const std::string& value
    ) = 0;
    [[nodiscard]] virtual Result<void> put_thermal_history(std::int64_t run_id) = 0;

    // Reading.
    [[nodiscard]] virtual Result<record::Run> run(std::int64_t run_id) = 0;
    [[nodiscard]] virtual Result<std::vector<StoredRun>> runs_not_ended() = 0;
    /// Points with seq > after_seq, ascending, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<record::Point>> points(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    ) = 0;

    /// Whether a run of this token was ever recorded, ended or not.
    [[nodiscard]] virtual Result<bool> has_token(const std::string& run_token) = 0;
    /// A run whose estimates another one takes as priors; `not_found` where there is none.
    [[nodiscard]] virtual Result<EarlierRun> earlier_run(const std::string& id);

    /// A calibration set, version 0 = the newest; `not_found` where there is none.
    [[nodiscard]] virtual Result<record::Calibration> calibration(
        const std::string& name, std::uint64_t version
    );
    [[nodiscard]] virtual Result<std::vector<record::RunFact>> run_facts(std::int64_t run_id);
    [[nodiscard]] virtual Result<void> put_run_facts(
        std::int64_t run_id, const std::vector<record::RunFact>& facts
    );

    /// After a failed write: closes the connection and opens it anew, which checks the file.
    [[nodiscard]] virtual Result<void> reopen() = 0;
};

/// The real one. Errors as store::RunStore::open.
[[nodiscard]] Result<std::unique_ptr<Campaign>> open_campaign(const std::string& path);

}  // namespace relaxd::daemon
