// SPDX-License-Identifier: MIT
#include "daemon/persist/traffic_file.hpp"

#include "daemon/core/logging.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace relaxd::daemon {

namespace link = drivers::link;

namespace {

Error system_failure(const std::string& what, const std::string& path) {
    const std::error_code code(errno, std::generic_category());
    return Error{
        Errc::io, what + ": " + code.message(), path, "is there room, and may relaxd write there?"
    };
}

/// So that the closing note always fits below the limit.
constexpr std::uint64_t note_room = 256;

}  // namespace

TrafficFile::TrafficFile(std::string path, link::TrafficHeader header, std::uint64_t bytes_max)
    : path_(std::move(path)), header_(std::move(header)), bytes_max_(bytes_max) {}

TrafficFile::~TrafficFile() {
    close();
}

Result<void> TrafficFile::open() {
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        return fail(
            Errc::io, "the folder of the traffic traces cannot be made: " + failed.message(), folder
        );
    }
    // Bytes of an instrument's link are nobody else's business: owner and group only.
    constexpr int mode = 0640;
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, mode);
    if (descriptor_ < 0) {
        return fail(system_failure("the traffic trace cannot be made", path_));
    }
    auto written = write_whole(link::traffic_line(header_));
    if (!written) {
        close();
        ::unlink(path_.c_str());
    }
    return written;
}

Result<void> TrafficFile::write_whole(const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t size = ::write(descriptor_, text.data() + done, text.size() - done);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            Error error = system_failure("the traffic trace cannot be written", path_);
            if (::ftruncate(descriptor_, static_cast<off_t>(bytes_)) != 0) {
                error.message += "; its last line is cut off";
            }
            return fail(std::move(error));
        }
        done += static_cast<std::size_t>(size);
    }
    bytes_ += text.size();
    return {};
}

void TrafficFile::append(const link::Chunk& chunk) {
    if (descriptor_ < 0 || is_full_.load()) {
        return;
    }
    link::Chunk said = chunk;
    said.mark = link::Mark::note;
    std::string text;
    const std::uint64_t lost = lost_.load();
    if (lost > told_lost_) {
        said.bytes = std::string(link::note::missed) + " " + std::to_string(lost - told_lost_) +
                     " chunks that could not be written";
        text = link::traffic_line(said);
    }
    text += link::traffic_line(chunk);
    if (bytes_ + text.size() + note_room > bytes_max_) {
        said.bytes = std::string(link::note::full) + ": the limit of " +
                     std::to_string(bytes_max_) + " bytes is reached";
        static_cast<void>(write_whole(link::traffic_line(said)));
        is_full_.store(true);
        close();
        log_for("acquire")->warn(
            "traffic trace ended at its limit instrument={} limit_bytes={} file={}",
            header_.instrument,
            bytes_max_,
            path_
        );
        return;
    }
    if (const auto written = write_whole(text); !written) {
        miss(written.error().message);
        return;
    }
    told_lost_ = lost;
    ++chunks_;
}

void TrafficFile::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

void TrafficFile::miss(const std::string& why) {
    ++lost_;
    if (!is_said_.exchange(true)) {
        log_for("acquire")->warn(
            "traffic trace loses chunks, the link does not mind instrument={} why=\"{}\" file={}",
            header_.instrument,
            why,
            path_
        );
    }
}

}  // namespace relaxd::daemon
