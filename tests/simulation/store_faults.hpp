// SPDX-License-Identifier: MIT
//
// The campaign file behind a disk that fails for a while, and run tokens that repeat with the seed.
#pragma once

#include "daemon/persist/campaign.hpp"
#include "schema/base/clock.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace relaxd::test::simulation {

/// What the disk does; outlives the campaign.
struct Disk {
    SteadyTime fails_until;
    bool fails_after_write = false;  ///< The COMMIT reaches the file, its answer does not.
    std::uint64_t seed = 0;
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
};

class SimCampaign final : public daemon::Campaign {
  public:
    SimCampaign(std::unique_ptr<daemon::Campaign> file, Disk& disk, const Clock& clock)
        : file_(std::move(file)), disk_(disk), clock_(clock) {}

    Result<record::Run> create_run(const record::Run& run, const record::Specimen& specimen)
        override {
        if (fails()) {
            return broken<record::Run>();
        }
        char uuid[40];  // NOLINT: of a fixed form
        (void)std::snprintf(
            uuid,
            sizeof uuid,
            "%08llx-0000-4000-8000-%012llx",
            static_cast<unsigned long long>(disk_.seed),
            static_cast<unsigned long long>(++disk_.runs)
        );
        record::Run wanted = run;
        wanted.uuid = uuid;
        return file_->create_run(wanted, specimen);
    }
    Result<void> append(std::int64_t run_id, std::span<record::Row> rows) override {
        return written([&] { return file_->append(run_id, rows); });
    }
    Result<void> append_state(
        std::int64_t run_id,
        std::span<record::Row> rows,
        record::RunState state,
        const std::string& end_cause,
        UtcTime time
    ) override {
        return written([&] { return file_->append_state(run_id, rows, state, end_cause, time); });
    }
    Result<void> put_segment(std::int64_t run_id, const record::Segment& segment) override {
        return written([&] { return file_->put_segment(run_id, segment); });
    }
    Result<void> put_truth(std::int64_t run_id, std::span<const record::Truth> rows) override {
        return written([&] { return file_->put_truth(run_id, rows); });
    }
    Result<void> put_instrument(const record::Instrument& instrument) override {
        return written([&] { return file_->put_instrument(instrument); });
    }
    Result<void> put_fact(std::int64_t run_id, const std::string& key, const std::string& value)
        override {
        return written([&] { return file_->put_fact(run_id, key, value); });
    }
    Result<void> put_thermal_history(std::int64_t run_id) override {
        return written([&] { return file_->put_thermal_history(run_id); });
    }
    Result<record::Run> run(std::int64_t run_id) override { return file_->run(run_id); }
    Result<bool> has_token(const std::string& run_token) override {
        return file_->has_token(run_token);
    }
    Result<record::Calibration> calibration(const std::string& name, std::uint64_t version)
        override {
        return file_->calibration(name, version);
    }
    Result<std::vector<record::RunFact>> run_facts(std::int64_t run_id) override {
        return file_->run_facts(run_id);
    }
    Result<void> put_run_facts(std::int64_t run_id, const std::vector<record::RunFact>& facts)
        override {
        return file_->put_run_facts(run_id, facts);
    }
    Result<std::vector<daemon::StoredRun>> runs_not_ended() override {
        return file_->runs_not_ended();
    }
    Result<std::vector<record::Point>> points(
        std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
    ) override {
        return file_->points(run_id, after_seq, limit);
    }
    Result<void> reopen() override { return file_->reopen(); }

  private:
    [[nodiscard]] bool fails() const { return clock_.steady() < disk_.fails_until; }
    template <typename T>
    [[nodiscard]] Result<T> broken() {
        ++disk_.failures;
        return fail(Errc::io, "disk I/O error");
    }
    template <typename Write>
    [[nodiscard]] Result<void> written(Write write) {
        if (!fails()) {
            return write();
        }
        if (disk_.fails_after_write) {
            (void)write();
            disk_.fails_until = clock_.steady();
        }
        return broken<void>();
    }

    std::unique_ptr<daemon::Campaign> file_;
    Disk& disk_;
    const Clock& clock_;
};

}  // namespace relaxd::test::simulation
