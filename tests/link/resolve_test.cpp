// SPDX-License-Identifier: MIT
//
// Adapters that come back under another name, in a tree that looks like /sys and /dev: the same
// serial number is waited for, and no other adapter is taken.
#include "drivers/link/resolve.hpp"

#include "tests/link/link_rig.hpp"

#include <filesystem>
#include <fstream>

using namespace relaxd::drivers::link;
using namespace relaxd::test;
using relaxd::Errc;
using relaxd::Result;
namespace fs = std::filesystem;

namespace {

/// A machine with USB adapters, as the kernel and udev show them.
class Machine {
  public:
    Machine()
        : root_(fs::temp_directory_path() / ("relaxd-machine-" + std::to_string(::getpid()))) {
        fs::remove_all(root_);
        fs::create_directories(root_ / "sys" / "class" / "tty");
        fs::create_directories(root_ / "dev" / "serial" / "by-id");
        fs::create_directories(root_ / "dev" / "serial" / "by-path");
    }
    ~Machine() { fs::remove_all(root_); }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// An FTDI adapter in `socket` (1-1, 1-2 …), its node `name` leading to `device`.
    void plug(
        const std::string& name,
        const std::string& socket,
        const std::string& serial_number,
        const std::string& device
    ) {
        const fs::path usb = root_ / "sys" / "devices" / "pci0000:00" / "usb1" / socket;
        const fs::path tty = usb / (socket + ":1.0") / name / "tty" / name;
        fs::create_directories(tty);
        write(usb / "idVendor", "0403");
        write(usb / "idProduct", "6001");
        write(usb / "manufacturer", "FTDI");
        write(usb / "product", "FT232R USB UART");
        if (!serial_number.empty()) {
            write(usb / "serial", serial_number);
        }
        fs::create_directory_symlink(usb / (socket + ":1.0") / name, tty / "device");
        fs::create_directory_symlink(tty, root_ / "sys" / "class" / "tty" / name);
        fs::create_symlink(device, root_ / "dev" / name);
        fs::create_symlink("../../" + name, by_id(serial_number));
        fs::create_symlink("../../" + name, by_path(socket));
    }
    void unplug(
        const std::string& name, const std::string& socket, const std::string& serial_number
    ) {
        fs::remove(by_path(socket));
        fs::remove(by_id(serial_number));
        fs::remove(root_ / "dev" / name);
        fs::remove(root_ / "sys" / "class" / "tty" / name);
        fs::remove_all(root_ / "sys" / "devices" / "pci0000:00" / "usb1" / socket);
    }
    /// The console, one that the driver only announces, and a virtual one.
    void add_uarts() {
        const fs::path platform = root_ / "sys" / "devices" / "platform" / "serial8250";
        for (const auto& [name, type] : {std::pair("ttyS0", "4"), std::pair("ttyS1", "0")}) {
            fs::create_directories(platform / "tty" / name);
            write(platform / "tty" / name / "type", type);
            fs::create_directory_symlink(platform, platform / "tty" / name / "device");
            fs::create_directory_symlink(
                platform / "tty" / name, root_ / "sys" / "class" / "tty" / name
            );
            write(root_ / "dev" / name, "");
        }
        const fs::path none = root_ / "sys" / "devices" / "virtual" / "tty" / "tty7";
        fs::create_directories(none);
        fs::create_directory_symlink(none, root_ / "sys" / "class" / "tty" / "tty7");
        write(root_ / "dev" / "tty7", "");
    }

    [[nodiscard]] fs::path by_id(const std::string& serial_number) const {
        return root_ / "dev" / "serial" / "by-id" /
               ("usb-FTDI_FT232R_USB_UART_" + serial_number + "-if00-port0");
    }
    [[nodiscard]] fs::path by_path(const std::string& socket) const {
        return root_ / "dev" / "serial" / "by-path" /
               ("pci-0000:00:14.0-usb-0:" + socket.substr(2) + ":1.0-port0");
    }
    [[nodiscard]] std::string node(const std::string& name) const {
        return (root_ / "dev" / name).string();
    }
    [[nodiscard]] PortLister lister() const {
        return [sys = (root_ / "sys").string(), dev = (root_ / "dev").string()] {
            return list_ports_below(sys, dev);
        };
    }

  private:
    static void write(const fs::path& file, const std::string& text) {
        std::ofstream(file) << text << "\n";
    }
    fs::path root_;
};

struct Rig {
    Result<std::string> open(const std::string& uri) {
        if (!opener) {
            opener = make_opener(io.get_executor(), uri_of(uri), timing, machine.lister());
        }
        auto opened = run(io, opener->open(ample));
        if (!opened) {
            return relaxd::fail(opened.error());
        }
        link = std::move(*opened);
        return std::string();
    }
    /// Whether what `pty` says arrives.
    bool hears(const Pty& pty) {
        std::array<char, 8> buffer{};
        std::optional<Result<std::size_t>> got;
        spawn(io, link->read_some(buffer), got);
        REQUIRE(::write(pty.master(), "hello", 5) == 5);
        io.restart();
        for (int i = 0; i < 100 && !got; ++i) {
            io.run_one_for(10ms);
            io.restart();
        }
        const bool is_heard = got && got->has_value() && got->value() == 5;
        if (!got) {
            link->close();
            wait_for(io, got);
        }
        return is_heard;
    }
    ManualTiming timing;
    asio::io_context io{1};
    Machine machine;
    std::unique_ptr<Opener> opener;
    std::unique_ptr<ByteLink> link;
};

}  // namespace

TEST_CASE("ports are read from sysfs with their identity, and those without hardware left out") {
    Machine machine;
    machine.plug("ttyUSB0", "1-1", "A50285BI", "/dev/null");
    machine.add_uarts();
    const auto ports = machine.lister()();
    REQUIRE(ports.has_value());
    REQUIRE(ports->size() == 2);
    CHECK(ports->at(0).path == machine.node("ttyS0"));
    CHECK(ports->at(0).transport == "native");
    const Port& usb = ports->at(1);
    CHECK(usb.path == machine.node("ttyUSB0"));
    CHECK(usb.transport == "usb");
    CHECK(usb.usb_vendor == 0x0403);
    CHECK(usb.usb_product == 0x6001);
    CHECK(usb.serial_number == "A50285BI");
    CHECK(usb.manufacturer == "FTDI");
    CHECK(usb.description == "FT232R USB UART");
    CHECK(usb.by_id == machine.by_id("A50285BI"));
    CHECK(usb.by_path == machine.by_path("1-1"));
    CHECK_FALSE(list_ports_below("/nowhere", "/dev").has_value());
}

TEST_CASE("the same USB adapter is found again under a new name", "[link]") {
    Rig rig;
    Pty pty;
    rig.machine.plug("ttyUSB0", "1-1", "A50285BI", pty.path());
    const std::string uri = GENERATE_REF(
        std::string("serial://usb/0403:6001:A50285BI?baudrate=9600"),
        "serial://" + rig.machine.by_id("A50285BI").string(),
        "serial://" + rig.machine.node("ttyUSB0")
    );
    CAPTURE(uri);
    REQUIRE(rig.open(uri).has_value());
    CHECK(rig.hears(pty));
    rig.link.reset();
    rig.machine.unplug("ttyUSB0", "1-1", "A50285BI");
    const auto gone = rig.open(uri);
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().code == Errc::unreachable);
    // Another adapter takes the old name first; it is not taken for the one that is missing.
    Pty other;
    rig.machine.plug("ttyUSB0", "1-2", "B7000001", other.path());
    const auto wrong = rig.open(uri);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().code == Errc::unreachable);
    CHECK(wrong.error().sentence().find("A50285BI") != std::string::npos);
    CHECK(wrong.error().sentence().find("B7000001") != std::string::npos);
    rig.machine.plug("ttyUSB1", "1-3", "A50285BI", pty.path());
    REQUIRE(rig.open(uri).has_value());
    CHECK(rig.hears(pty));
}

TEST_CASE("clones with one serial number for all are refused by-id, by-path is demanded") {
    Rig rig;
    Pty pty;
    const std::string serial_number = GENERATE("0", "", "00000000", "0001", "12345678");
    CAPTURE(serial_number);
    CHECK_FALSE(tells_apart(serial_number));
    rig.machine.plug("ttyUSB0", "1-1", serial_number, pty.path());
    const auto refused = rig.open("serial://" + rig.machine.by_id(serial_number).string());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().hint.find(rig.machine.by_path("1-1").string()) != std::string::npos);
    rig.opener.reset();
    const std::string by_path = "serial://" + rig.machine.by_path("1-1").string();
    REQUIRE(rig.open(by_path).has_value());
    CHECK(rig.hears(pty));
    // The socket counts: another clone in it is what was asked for.
    rig.link.reset();
    rig.machine.unplug("ttyUSB0", "1-1", serial_number);
    Pty another;
    rig.machine.plug("ttyUSB5", "1-1", serial_number, another.path());
    REQUIRE(rig.open(by_path).has_value());
    CHECK(rig.hears(another));
}

TEST_CASE("two ports of one identity are refused rather than one of them taken", "[link]") {
    Machine machine;
    machine.plug("ttyUSB0", "1-1", "A50285BI", "/dev/null");
    auto list = machine.lister()();
    REQUIRE(list.has_value());
    list->push_back(list->front());
    SerialSettings settings;
    settings.usb = UsbAdapter();
    settings.usb->vendor = 0x0403;
    settings.usb->product = 0x6001;
    settings.usb->serial_number = "A50285BI";
    const auto refused = resolve_port(settings, std::nullopt, [&list] { return list; });
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::refused);
    CHECK(refused.error().hint.find("by-path") != std::string::npos);
}

TEST_CASE("an adapter by vendor, product and serial number is an address", "[link]") {
    const auto uri = uri_of("serial://usb/0403:6001:A502:85BI?baudrate=9600&parity=even");
    REQUIRE(uri.serial.usb.has_value());
    CHECK(uri.serial.usb->vendor == 0x0403);
    CHECK(uri.serial.usb->product == 0x6001);
    CHECK(uri.serial.usb->serial_number == "A502:85BI");
    CHECK(uri.serial.baudrate == 9600);
    CHECK(uri.serial.parity == Parity::even);
    for (const char* text :
         {"serial://usb/0403:6001",
          "serial://usb/0403",
          "serial://usb/",
          "serial://usb/403:6001:X1",
          "serial://usb/0403:60g1:X1",
          "serial://usb/0403:6001:0",
          "serial://usb/0403:6001:"}) {
        CAPTURE(text);
        const auto wrong = parse_uri(text);
        REQUIRE_FALSE(wrong.has_value());
        CHECK(wrong.error().code == Errc::invalid);
        CHECK_FALSE(wrong.error().hint.empty());
    }
}
