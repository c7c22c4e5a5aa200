// SPDX-License-Identifier: MIT
#include "drivers/ta_files/live/watch.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fnmatch.h>
#include <fstream>
#include <system_error>
#include <utility>

namespace relaxd::ta_files {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t file_bytes_max = 256'000'000;
constexpr std::size_t name_chars_max = 40;
constexpr std::size_t hash_digits = 16;
constexpr std::size_t tail_rows = 50;

/// A file's name as a word: other characters become '_'.
std::string word_of(const std::string& name) {
    std::string word = name.substr(0, name_chars_max);
    for (char& c : word) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '.' || c == '_';
        c = is_plain ? c : '_';
    }
    return word;
}

std::int64_t ns_of(fs::file_time_type time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

/// The newest row that is a measurement, looked for in the last few.
record::Reading newest_of(const Follower& follower) {
    const std::uint64_t count = follower.count();
    const std::uint64_t first = count > tail_rows ? count - tail_rows + 1 : 1;
    std::vector<record::Reading> rows = follower.rows(first, tail_rows);
    while (!rows.empty() && !rows.back().flags.empty()) {
        rows.pop_back();
    }
    return rows.empty() ? record::Reading{} : std::move(rows.back());
}

}  // namespace

std::string token_of(const Follower& follower) {
    return word_of(follower.name()) + "-" + follower.identity().substr(0, hash_digits);
}

tl::unexpected<Error> Watch::lost(std::string message, std::string hint) const {
    return fail(Errc::unreachable, std::move(message), folder_.path, std::move(hint));
}

Result<std::vector<Watch::Found>> Watch::list() const {
    std::error_code wrong;
    fs::directory_iterator at(folder_.path, wrong);
    std::vector<Found> files;
    for (; !wrong && at != fs::directory_iterator(); at.increment(wrong)) {
        Found file;
        file.name = at->path().filename().string();
        if (::fnmatch(folder_.pattern.c_str(), file.name.c_str(), 0) != 0) {
            continue;
        }
        std::error_code of_file;  // one that goes meanwhile is not there
        if (at->is_regular_file(of_file)) {
            file.size = at->file_size(of_file);
            file.changed_ns = of_file ? 0 : ns_of(at->last_write_time(of_file));
        }
        if (!of_file && file.changed_ns != 0) {
            files.push_back(std::move(file));
        }
    }
    if (wrong) {
        return lost(
            "the folder cannot be read: " + wrong.message(),
            "check that the share is mounted and may be read by relaxd"
        );
    }
    std::sort(files.begin(), files.end(), [](const Found& a, const Found& b) {
        return std::tie(b.changed_ns, b.name) < std::tie(a.changed_ns, a.name);
    });
    return files;
}

Result<std::string> Watch::read(const Found& file) const {
    if (file.size > file_bytes_max) {
        return lost(file.name + " is larger than 256 MB", "follow a file of one measurement");
    }
    std::ifstream stream(fs::path(folder_.path) / file.name, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(file.size), '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (stream.bad() || (!stream && !stream.eof())) {
        return lost(file.name + " cannot be read", "check its rights, and that the share is there");
    }
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    return bytes;
}

Result<Watch::Found> Watch::choose(const std::vector<Found>& files, const std::string& token) {
    if (files.empty()) {
        return lost(
            "no file in the folder has a name like " + folder_.pattern,
            "begin a measurement at the instrument, or correct the pattern of the uri"
        );
    }
    if (token.empty()) {
        return files.front();
    }
    for (const Found& file : files) {
        if (token_ == token && follower_ && follower_->name() == file.name) {
            return file;
        }
    }
    for (const Found& file : files) {
        if (!token.starts_with(word_of(file.name) + "-")) {
            continue;
        }
        const auto bytes = read(file);
        Follower candidate(file.name);
        if (bytes && candidate.look(*bytes) && candidate.has_header() &&
            token_of(candidate) == token) {
            return file;
        }
    }
    return lost(
        "the file of the run, " + token.substr(0, token.rfind('-')) + ", is not in the folder",
        "put it back; nothing of another file is taken for it"
    );
}

Result<Glimpse> Watch::glimpse_of(const Found& file) {
    const bool is_waiting = follower_ && follower_->name() == file.name &&
                            follower_->header().closed && follower_->has_end_record() &&
                            !follower_->has_ended();
    if (seen_ == file && last_.other.empty() && !is_waiting) {
        return last_;
    }
    auto bytes = read(file);
    if (!bytes) {
        return fail(bytes.error());
    }
    const std::scoped_lock lock(decoding_);
    if (!follower_ || follower_->name() != file.name) {
        follower_ = std::make_unique<Follower>(file.name);
        token_.clear();
        last_ = Glimpse();
    }
    const Result<News> news = follower_->look(*bytes);
    if (!news) {
        return fail(news.error());
    }
    if (!follower_->has_header()) {
        return lost(
            "the header of " + file.name + " is not complete yet", "it is looked at again soon"
        );
    }
    token_ = token_of(*follower_);
    last_.file = file.name;
    last_.token = token_;
    last_.other = news->other;
    if (news->other.empty()) {
        last_.header = follower_->header();
        last_.is_native = follower_->is_native();
        last_.has_ended = follower_->has_ended();
        last_.steps = follower_->steps();
        last_.last = last_.count == follower_->count() ? last_.last : newest_of(*follower_);
        last_.count = follower_->count();
    }
    seen_ = file;
    return last_;
}

Result<Glimpse> Watch::look(const std::string& token) {
    const auto files = list();
    if (!files) {
        return fail(files.error());
    }
    const auto file = choose(*files, token);
    if (!file) {
        return fail(file.error());
    }
    if (!token.empty() && token != token_) {  // of what was followed between: nothing stays
        const std::scoped_lock lock(decoding_);
        follower_.reset();
        token_.clear();
        seen_.reset();
    }
    auto glimpse = glimpse_of(*file);
    if (!glimpse) {
        return glimpse;
    }
    if (token.empty() && !glimpse->other.empty()) {  // nobody follows it: what is there now counts
        {
            const std::scoped_lock lock(decoding_);
            follower_.reset();
        }
        seen_.reset();
        glimpse = glimpse_of(*file);
        if (!glimpse) {
            return glimpse;
        }
    }
    const auto now_ns = ns_of(fs::file_time_type::clock::now());
    glimpse->unchanged_s = std::max(0.0, static_cast<double>(now_ns - file->changed_ns) * 1e-9);
    glimpse->newer = files->front().name == file->name ? std::string() : files->front().name;
    return glimpse;
}

std::vector<record::Reading> Watch::rows(
    const std::string& token, std::uint64_t first, std::size_t most
) const {
    const std::scoped_lock lock(decoding_);
    if (!follower_ || token_ != token) {
        return {};
    }
    return follower_->rows(first, most);
}

}  // namespace relaxd::ta_files
