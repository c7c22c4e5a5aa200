// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/chaos_proxy.hpp"

#include "tests/conformance/kit/fronts.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace relaxd::test::kit {
namespace {

namespace asio = boost::asio;
using drivers::link::ByteLink;
using std::chrono_literals::operator""s;

constexpr auto patience = 5s;  // of a device that is opened or written to

}  // namespace

/// One connection of the driver, and the one to the device that belongs to it.
struct ChaosProxy::Session {
    Session(const asio::any_io_executor& executor, std::unique_ptr<HostEnd> end)
        : host(std::move(end)), host_news(executor), device_news(executor) {}
    std::unique_ptr<HostEnd> host;
    std::unique_ptr<ByteLink> device;
    drivers::link::Signal host_news;    ///< Something for the host.
    drivers::link::Signal device_news;  ///< Something for the device.
    bool to_host_ends = false;          ///< The device closed: the rest is written, then the end.
    bool to_device_ends = false;
    bool to_host_is_shut = false;  ///< Half-closed.
    bool ended = false;
    bool by_other = false;
    std::uint64_t number = 0;
    std::string partial;  ///< Of what the driver sends, for heard().
};

ChaosProxy::ChaosProxy(
    asio::any_io_executor executor,
    drivers::link::Timing& timing,
    ChaosPlan plan,
    OpenerPtr device,
    OpenerPtr other
)
    : executor_(std::move(executor)),
      timing_(timing),
      plan_(std::move(plan)),
      device_(std::move(device)),
      other_(std::move(other)),
      to_host_(plan_, true, report_),
      to_device_(plan_, false, report_) {}

ChaosProxy::OpenerPtr ChaosProxy::make_opener(bool is_slow) {
    return memory_front(*this, is_slow);
}

Result<std::string> ChaosProxy::listen() {
    return tcp_front(weak_from_this(), executor_, front_);
}

Result<std::string> ChaosProxy::open_pty(const std::string& path) {
    return pty_front(weak_from_this(), executor_, path, front_);
}

void ChaosProxy::spawn(asio::awaitable<void> loop) {
    asio::co_spawn(executor_, std::move(loop), [](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
}

void ChaosProxy::close() {
    is_closed_ = true;
    if (session_) {
        end(session_, true);
    }
    device_->cancel();
    if (other_) {
        other_->cancel();
    }
    if (front_) {
        front_->close();
    }
}

bool ChaosProxy::refuses() const {
    return is_closed_ || now() < refused_until_;
}

// --- connections

void ChaosProxy::begin(std::unique_ptr<HostEnd> host) {
    if (session_) {
        end(session_, true);
    }
    to_host_.clear();
    to_device_.clear();
    swallowed_until_ = SteadyTime{};
    session_ = std::make_shared<Session>(executor_, std::move(host));
    session_->number = ++connections_;
    session_->by_other = std::exchange(other_is_next_, false) && other_ != nullptr;
    spawn(connect(shared_from_this(), session_));
}

void ChaosProxy::host_left() {
    if (session_) {
        end(session_, true);
    }
}

asio::awaitable<void> ChaosProxy::connect(Self self, SessionPtr session) {
    drivers::link::Opener& opener = session->by_other ? *self->other_ : *self->device_;
    drivers::link::LinkResult opened = co_await opener.open(patience);
    if (session->ended) {
        co_return;
    }
    if (!opened) {
        self->end(session, false);
        co_return;
    }
    session->device = std::move(*opened);
    self->spawn(take(self, session, true));
    self->spawn(take(self, session, false));
    self->spawn(give(self, session, true));
    self->spawn(give(self, session, false));
}

void ChaosProxy::end(const SessionPtr& session, bool by_host) {
    if (session->ended) {
        return;
    }
    session->ended = true;
    session->host->link().close();
    if (session->device) {
        session->device->close();
    }
    session->host_news.notify();
    session->device_news.notify();
    if (session_ == session) {
        session_.reset();
    }
    if (!by_host && front_ && !is_closed_) {
        front_->hung_up();
    }
}

// --- bytes

asio::awaitable<void> ChaosProxy::take(Self self, SessionPtr session, bool to_host) {
    std::vector<char> buffer(16384);
    ByteLink& from = to_host ? *session->device : session->host->link();
    while (!session->ended) {
        const std::span<char> room(buffer);
        Result<std::size_t> got = co_await from.read_some(room);
        if (session->ended) {
            co_return;
        }
        ChaosWay& way = to_host ? self->to_host_ : self->to_device_;
        drivers::link::Signal& news = to_host ? session->host_news : session->device_news;
        if (!got) {
            way.hurry();
            (to_host ? session->to_host_ends : session->to_device_ends) = true;
            news.notify();
            co_return;
        }
        const std::string_view bytes(buffer.data(), *got);
        if (!to_host) {
            self->listen_to(bytes, *session);
        }
        const bool is_lost = self->now() < self->swallowed_until_ || (to_host && self->is_mute_);
        if (!is_lost && self->is_calm_) {
            way.pass_on(bytes, self->now());
        } else if (!is_lost) {
            way.take(bytes, self->now());
        }
        news.notify();
        if (to_host) {
            self->meet_plan();
        }
    }
}

asio::awaitable<void> ChaosProxy::give(Self self, SessionPtr session, bool to_host) {
    ByteLink& target = to_host ? session->host->link() : *session->device;
    ChaosWay& way = to_host ? self->to_host_ : self->to_device_;
    drivers::link::Signal& news = to_host ? session->host_news : session->device_news;
    while (!session->ended) {
        std::string bytes = way.release(self->now());
        if (!bytes.empty()) {
            if (to_host && session->to_host_is_shut) {
                continue;
            }
            Result<void> written = co_await target.write(std::move(bytes), patience);
            if (!written) {
                self->end(session, to_host);
                co_return;
            }
            continue;
        }
        if (to_host ? session->to_host_ends : session->to_device_ends) {
            self->end(session, !to_host);
            co_return;
        }
        const auto next = way.next_release();
        if (next) {
            co_await news.wait_until(self->timing_, *next);
        } else {
            co_await news.wait();
        }
    }
}

void ChaosProxy::listen_to(std::string_view bytes, Session& session) {
    session.partial += bytes;
    const std::string& mark = plan_.end_of_line(false);
    std::size_t begin = 0;
    while (begin < session.partial.size()) {
        const std::size_t at =
            mark.empty() ? session.partial.size() : session.partial.find(mark, begin);
        if (at == std::string::npos) {
            break;
        }
        Heard heard;
        heard.connection = session.number;
        heard.by_other = session.by_other;
        heard.answers = to_host_.lines();
        heard.line = session.partial.substr(begin, at + mark.size() - begin);
        begin += heard.line.size();
        heard_.push_back(std::move(heard));
    }
    session.partial.erase(0, begin);
}

// --- breaks

void ChaosProxy::meet_plan() {
    while (!is_calm_ && next_breakage_ < plan_.breakages.size() &&
           to_host_.lines() >= plan_.breakages[next_breakage_].after_lines) {
        const Breakage& breakage = plan_.breakages[next_breakage_];
        ++next_breakage_;
        strike(breakage.kind, breakage.seconds);
    }
}

void ChaosProxy::break_now(Break kind, double seconds) {
    strike(kind, seconds);
}

void ChaosProxy::strike(Break kind, double seconds) {
    report_.count(kind, to_host_.lines());
    const SteadyTime until{now().ns + static_cast<std::int64_t>(seconds * 1e9)};
    if (kind == Break::half_open) {
        swallowed_until_ = until;
        to_host_.clear();
        to_device_.clear();
        return;
    }
    if (kind == Break::half_close && session_ && session_->host->shutdown_send()) {
        session_->to_host_is_shut = true;
        return;
    }
    other_is_next_ = other_is_next_ || kind == Break::wrong_device;
    refused_until_ = until;
    if (session_) {
        end(session_, false);
    }
}

}  // namespace relaxd::test::kit
