// Appends events to a ledger and reports each acknowledgement on descriptor 3.
//
//     storm_writer log|ledger LOAD DIRECTORY NAME FIRST LAST
//
// The events are named NAME-FIRST to NAME-LAST.  After each acknowledgement the number of the last
// event acknowledged goes out as four bytes.  Whoever started this may kill it at any moment.  The
// loads are:
//
//     plain      mostly short events, process and power
//     calm       the same, slowly
//     wide       events of 200 B to 1 MB, all three durabilities
//     rotate     long events: parts fill up
//     no_room    the disk is full after a while, in the middle of an event, and has room again
//     bad_sync   a sync of the part fails

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "daybook/ledger.h"
#include "log/writer.h"
#include "os/test_support.h"

namespace daybook {
namespace {

constexpr int kReportFd = 3;
constexpr std::uint32_t kBatchMax = 5;

struct Load {
    std::string_view name;
    std::size_t (*padding)(std::uint32_t number);
    Durability (*durability)(std::uint32_t number);
    void (*pause)() = [] {};  // after each call
};

// Mostly short; now and then of many pages, where a kill can leave half of it.
std::size_t plain_padding(std::uint32_t number) {
    if (number % 97 == 0) return 100'000;
    if (number % 23 == 0) return 60'000;
    return 40 + number % 200;
}

std::size_t wide_padding(std::uint32_t number) {
    if (number % 499 == 0) return 1'000'000;
    if (number % 151 == 0) return 100'000;
    if (number % 17 == 0) return 4'000;
    return 70 + number % 500;
}

Durability plain_durability(std::uint32_t number) {
    return number % 251 == 0 ? Durability::kPower : Durability::kProcess;
}

// What is buffered is written before the next event of another durability, and with it
// acknowledged.
Durability wide_durability(std::uint32_t number) {
    return number % 7 < 2 ? Durability::kBuffered : plain_durability(number);
}

Durability often_power(std::uint32_t number) {
    return number % 3 == 0 ? Durability::kPower : Durability::kProcess;
}

// The next part is prepared by another thread, which needs its turn.
void let_others() { std::this_thread::sleep_for(std::chrono::milliseconds(10)); }

// So slow that what is written can be read again by a script.
void take_a_breath() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

constexpr std::array kLoads = {
    Load{"plain", plain_padding, plain_durability},
    Load{"wide", wide_padding, wide_durability},
    Load{"rotate", [](std::uint32_t) -> std::size_t { return 300'000; }, often_power, let_others},
    Load{"no_room", [](std::uint32_t number) -> std::size_t { return number * 300; }, often_power},
    Load{"calm", plain_padding, plain_durability, take_a_breath},
    Load{"bad_sync", plain_padding, often_power},
};

struct Order {
    std::string via;
    const Load* load = nullptr;
    std::string directory;
    std::string name;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

std::string event_of(const Order& order, std::uint32_t number) {
    return fmt::format(
        R"({{"event_type":"trial.recorded","run_id":"storm","trial_id":"{}-{}","params":{{}},)"
        R"("metrics":{{}},"padding":"{}")",
        order.name, number, std::string(order.load->padding(number), 'p'));
}

void report(std::uint32_t number) {
    if (::write(kReportFd, &number, sizeof(number)) != sizeof(number)) std::_Exit(3);
}

// The loads in which the kernel refuses; in the others it is left alone.
class Weather {
public:
    explicit Weather(std::string_view load) : load_(load) {
        const bool refuses = load == "no_room" || load == "bad_sync";
        if (refuses) faults_ = std::make_unique<os::Faults>();
    }

    // It is fair until the ledger is open.
    void turn_bad() {
        if (load_ == "no_room") faults_->set_room(20'000);
        if (load_ == "bad_sync") faults_->fail(os::Call::kFdatasync, 2, EIO);
    }

    // Whether an error was to be expected; if so it is fair again from now on.
    bool explains(const Error& error) {
        const bool explained =
            faults_ != nullptr && !cleared_ &&
            (error.code() == ErrorCode::kNoSpace || error.code() == ErrorCode::kIo);
        if (explained) {
            faults_->set_endless_room();
            cleared_ = true;
        }
        return explained;
    }

private:
    std::string_view load_;
    std::unique_ptr<os::Faults> faults_;
    bool cleared_ = false;
};

// The time is of no concern here.
class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

Status write_to_log(const Order& order, Weather& weather) {
    ASSIGN_OR_RETURN(const auto writer, log::Writer::open(log::Layout(order.directory)));
    weather.turn_bad();
    NoStamp stamper;
    for (std::uint32_t number = order.first; number <= order.last;) {
        const std::uint32_t count = std::min(order.last - number + 1, 1 + number % kBatchMax);
        std::vector<std::string> texts;
        for (std::uint32_t i = 0; i < count; ++i) texts.push_back(event_of(order, number + i));
        std::vector<log::Draft> drafts;
        for (std::string& text : texts) {
            drafts.push_back(
                {.text = std::span(text), .timestamp = std::nullopt, .may_use_reserve = true});
        }
        const Durability durability = order.load->durability(number);
        log::AppendOutcome outcome = writer->append(drafts, durability, stamper);
        if (outcome.error && !weather.explains(*outcome.error)) {
            return fail(std::move(*outcome.error));
        }
        number += static_cast<std::uint32_t>(outcome.accepted);
        if (outcome.accepted > 0 && durability != Durability::kBuffered) report(number - 1);
        order.load->pause();
    }
    RETURN_IF_ERROR(writer->flush());
    report(order.last);
    return {};
}

Status write_to_ledger(const Order& order, Weather& weather) {
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(order.directory));
    weather.turn_bad();
    for (std::uint32_t number = order.first; number <= order.last;) {
        const std::string event = event_of(order, number) + "}";
        Durability durability = order.load->durability(number);
        Result<Ack> ack = ledger.emit_json(event, durability);
        if (!ack && ack.error().code() == ErrorCode::kUnsupported) {
            // Where files are kept in memory there is no `power`.
            durability = Durability::kProcess;
            ack = ledger.emit_json(event, durability);
        }
        if (!ack) {
            if (!weather.explains(ack.error())) return fail(std::move(ack).error());
            continue;
        }
        if (durability != Durability::kBuffered) report(number);
        ++number;
        order.load->pause();
    }
    RETURN_IF_ERROR(ledger.flush());
    report(order.last);
    return {};
}

int run(const std::vector<std::string>& arguments) {
    if (arguments.size() != 7) return 2;
    // Whoever kills must get its turn among the many that are to be killed.
    (void)!::nice(10);
    const auto load = std::find_if(kLoads.begin(), kLoads.end(),
                                   [&](const Load& one) { return one.name == arguments[2]; });
    if (load == kLoads.end()) return 2;
    const Order order{.via = arguments[1],
                      .load = load,
                      .directory = arguments[3],
                      .name = arguments[4],
                      .first = static_cast<std::uint32_t>(std::stoul(arguments[5])),
                      .last = static_cast<std::uint32_t>(std::stoul(arguments[6]))};
    Weather weather(load->name);
    const Status status =
        order.via == "log" ? write_to_log(order, weather) : write_to_ledger(order, weather);
    if (status) return 0;
    fmt::print(stderr, "{}\n", status.error().message());
    return 1;
}

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
    return daybook::run(std::vector<std::string>(argv, argv + argc));
}
