// SPDX-License-Identifier: MIT
//
// A campaign in memory whose n-th commit can fail, before or after the rows reached the "file".
// The store thread writes it; a test reads it when the thread is idle or closed.
#pragma once

#include "daemon/persist/campaign.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <variant>

namespace relaxd::test {

/// What a fake campaign holds; survives the campaign object.
struct FakeFile {
    std::mutex mutex;
    std::map<std::int64_t, record::Run> runs;
    std::map<std::int64_t, std::vector<record::Row>> rows;
    std::map<std::string, std::string> facts;
    int commits = 0;
    int fail_from = 0;  ///< Fail commits number fail_from … (1-based); 0 = none.
    int fail_count = 0;
    bool fails_after_write = false;
    Errc fail_code = Errc::io;
    int reopened = 0;
    int fail_runs = 0;   ///< So many questions for a run fail.
    int fail_facts = 0;  ///< So many facts cannot be stored.
};

class FakeCampaign final : public daemon::Campaign {
  public:
    explicit FakeCampaign(std::shared_ptr<FakeFile> file) : file_(std::move(file)) {}

    Result<record::Run> create_run(
        const record::Run& run, const record::Specimen& /*specimen*/
    ) override {
        const std::lock_guard<std::mutex> lock(file_->mutex);
        record::Run made = run;
        made.run_id = static_cast<std::int64_t>(file_->runs.size()) + 1;
        made.uuid = "uuid-" + std::to_string(made.run_id);
        file_->runs[made.run_id] = made;
        return made;
    }
    Result<void> append(std::int64_t run_id, std::span<record::Row> rows) override {
        const std::lock_guard<std::mutex> lock(file_->mutex);
        ++file_->commits;
        const bool fails = file_->fail_from > 0 && file_->commits >= file_->fail_from &&
                           file_->commits < file_->fail_from + file_->fail_count;
        if (fails && !file_->fails_after_write) {
            return fail(file_->fail_code, "disk full");
        }
        record::Run& run = file_->runs[run_id];
        for (record::Row& row : rows) {
            const std::uint64_t seq = ++run.last_seq;
            std::visit([seq](auto& value) { value.seq = seq; }, row);
            file_->rows[run_id].push_back(row);
        }
        return fails ? Result<void>(fail(Errc::io, "fsync failed")) : Result<void>{};
    }
    Result<void> append_state(
        std::int64_t run_id,
        std::span<record::Row> rows,
        record::RunState state,
        const std::string& end_cause,
        UtcTime /*time*/
    ) override {
        auto done = append(run_id, rows);
        const std::lock_guard<std::mutex> lock(file_->mutex);
        file_->runs[run_id].state = state;
        file_->runs[run_id].end_cause = end_cause;
        return done;
    }
    Result<void> put_segment(std::int64_t, const record::Segment&) override { return {}; }
    Result<void> put_truth(std::int64_t, std::span<const record::Truth>) override { return {}; }
    Result<void> put_instrument(const record::Instrument&) override { return {}; }
    Result<bool> has_token(const std::string&) override { return false; }
    Result<void> put_fact(std::int64_t, const std::string& key, const std::string& value) override {
        if (file_->fail_facts > 0) {
            --file_->fail_facts;
            return fail(Errc::io, "disk full");
        }
        file_->facts[key] = value;
        return {};
    }
    Result<void> put_thermal_history(std::int64_t) override { return {}; }
    Result<record::Run> run(std::int64_t run_id) override {
        const std::lock_guard<std::mutex> lock(file_->mutex);
        if (file_->fail_runs > 0) {
            --file_->fail_runs;
            return fail(Errc::io, "cannot be read");
        }
        return file_->runs[run_id];
    }
    Result<std::vector<daemon::StoredRun>> runs_not_ended() override {
        return std::vector<daemon::StoredRun>{};
    }
    Result<std::vector<record::Point>> points(std::int64_t, std::uint64_t, std::size_t) override {
        return std::vector<record::Point>{};
    }
    Result<void> reopen() override {
        const std::lock_guard<std::mutex> lock(file_->mutex);
        ++file_->reopened;
        return {};
    }

  private:
    std::shared_ptr<FakeFile> file_;
};

}  // namespace relaxd::test
