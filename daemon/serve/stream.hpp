// SPDX-License-Identifier: MIT
//
// The live stream (CONTRACT 5): committed rows to WebSocket clients, without hole or duplicate.
//
// The hub keeps the newest published rows of each live run in a ring; one frame is encoded once for
// all clients. A client knows only how far it has been served: it catches up from the database
// until its next row is in the ring, then is served from the ring as fast as its socket takes
// frames. A client that falls out of the ring, or more than `patience` behind, is told what to
// fetch
// (`squashed`) and goes on with the newest. io thread only.

#pragma once

#include "daemon/serve/http_server.hpp"
#include "daemon/serve/laboratory.hpp"
#include "daemon/serve/reader.hpp"
#include "schema/base/clock.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace relaxd::daemon {

using Frame = std::shared_ptr<const std::string>;

struct StreamLimits {
    std::size_t ring_rows = 1'024;    ///< Newest rows kept for each live run.
    std::size_t rings = 64;           ///< Runs with a ring; the least recently fed goes first.
    double ring_idle_s = 60.0;        ///< A ring not fed for so long is dropped.
    std::size_t page_rows = 256;      ///< Rows of one catch-up query; at most 1 000.
    double patience_s = 2.0;          ///< A live row older than this is squashed, not sent.
    std::size_t messages_per_s = 20;  ///< From one client; more are dropped with an error.
};

/// The newest published rows of one run, dense in seq.
class RowRing {
  public:
    explicit RowRing(std::size_t capacity) : capacity_(capacity) {}
    void push(std::shared_ptr<const Published> row, std::uint64_t seq, SteadyTime now);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::uint64_t oldest() const { return first_seq_; }
    [[nodiscard]] std::uint64_t newest() const { return first_seq_ + rows_.size() - 1; }
    /// The shared frame of a row in the ring, encoded when first asked for.
    [[nodiscard]] const Frame& frame(std::uint64_t seq);
    [[nodiscard]] SteadyTime published(std::uint64_t seq) const;
    [[nodiscard]] SteadyTime fed() const { return fed_; }

  private:
    struct Entry {
        std::shared_ptr<const Published> row;
        Frame frame;
        SteadyTime published;
    };
    std::size_t capacity_;
    std::uint64_t first_seq_ = 1;
    std::deque<Entry> rows_;
    SteadyTime fed_;
};

class StreamClient;

class StreamHub {
  public:
    /// All references must outlive the hub and its clients.
    StreamHub(
        boost::asio::any_io_executor executor,
        Laboratory& laboratory,
        Reader& reader,
        const Clock& clock,
        StreamLimits limits
    );
    ~StreamHub();
    StreamHub(const StreamHub&) = delete;
    StreamHub& operator=(const StreamHub&) = delete;

    /// A new client: sends `hello`.
    [[nodiscard]] std::shared_ptr<http::WebSocketOwner> open(std::shared_ptr<http::WebSocket> socket
    );
    /// A committed row, in seq order of its run.
    void publish(const std::shared_ptr<const Published>& row);
    /// Sends `tick` to everybody; call once a second.
    void tick();

    [[nodiscard]] std::uint64_t frames_sent() const { return frames_sent_; }
    [[nodiscard]] std::uint64_t rows_squashed() const { return rows_squashed_; }

  private:
    friend class StreamClient;
    [[nodiscard]] RowRing* ring(std::int64_t run_id);
    RowRing& ring_for(std::int64_t run_id);

    boost::asio::any_io_executor executor_;
    Laboratory& laboratory_;
    Reader& reader_;
    const Clock& clock_;
    StreamLimits limits_;
    std::map<std::int64_t, RowRing> rings_;
    std::set<std::shared_ptr<StreamClient>> clients_;
    std::uint64_t frames_sent_ = 0;
    std::uint64_t rows_squashed_ = 0;
};

/// What a client asked for.
struct Subscription {
    bool follows_current = false;  ///< "current": the newest run, and every later one.
    std::string run;               ///< Else a run number or uuid.
    std::string instrument;        ///< With "current": of this instrument alone; empty = of any.
    std::uint64_t after_seq = 0;
    Subscription() = default;
};

/// Reads {"subscribe":{…}}. Error: `invalid`, naming the key.
[[nodiscard]] Result<Subscription> subscription_from(std::string_view text);

}  // namespace relaxd::daemon
