#include "formats/golden_ledger.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "formats/page.h"
#include "ledger/event_log.h"
#include "ledger/type_registry.h"
#include "log/scan.h"
#include "os/file.h"

namespace daybook::formats {
namespace {

constexpr TimestampMs kMorning{1769162400000};  // 2026-01-23T10:00:00Z
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;

// Its second version renames a field, so that reading the first goes through an upcaster.
constexpr std::string_view kFill1 = R"({
  "$schema": "http://json-schema.org/draft-07/schema#", "title": "desk.fill", "x-version": 1,
  "description": "An order was filled.", "type": "object", "required": ["price"],
  "properties": {"price": {"type": "number"}, "note": {"type": "string"}},
  "additionalProperties": false
})";
constexpr std::string_view kFill2 = R"({
  "$schema": "http://json-schema.org/draft-07/schema#", "title": "desk.fill", "x-version": 2,
  "description": "An order was filled.", "type": "object", "required": ["fill_price"],
  "x-upcast": [{"op": "rename", "path": "/price", "to": "fill_price"},
               {"op": "default", "path": "/fees", "value": 0}],
  "properties": {"fill_price": {"type": "number"}, "note": {"type": "string"},
                 "fees": {"type": "number"}},
  "additionalProperties": false
})";

template <typename T>
T must(Result<T> result) {
    if (!result) fmt::print(stderr, "golden ledger: {}\n", result.error().message());
    DAYBOOK_CHECK(result.has_value());
    return std::move(*result);
}
void must(const Status& status) {
    if (!status) fmt::print(stderr, "golden ledger: {}\n", status.error().message());
    DAYBOOK_CHECK(status.has_value());
}

class GoldenLedger {
public:
    explicit GoldenLedger(const std::string& root) : dir_(root), layout_(root) {}

    void write() {
        write_two_runs_at_once();
        tear_and_repair();
        seal(part(0, 1));
        write_late_event();
        write_damaged_part();
        write_foreign_part();
        write_bad_part();
        // They say who held them, and nothing of the format.
        must(os::remove_file(dir_.lock_path()));
    }

private:
    using Log = std::unique_ptr<ledger::EventLog>;

    Log open() {
        return must(ledger::EventLog::open(dir_, {.clock = &clock_, .background = false}));
    }
    void emit(const Log& log, std::string_view run, std::string_view type,
              std::string_view payload = "") {
        clock_.advance_ms(250);
        must(log->emit_json(fmt::format(R"({{"event_type":"{}","run_id":"{}"{}{}}})", type, run,
                                        payload.empty() ? "" : ",", payload)));
    }
    void register_type(std::string_view schema) const {
        const schema::RegisterReport report = must(ledger::register_type(dir_, schema));
        for (const std::string& reason : report.breaks) fmt::print(stderr, "{}\n", reason);
        DAYBOOK_CHECK(report.breaks.empty());
    }
    static log::PartId part(int day, std::uint32_t number) {
        return {.day = day_of(kMorning) + day, .number = log::PartNumber(number)};
    }
    std::string read(const log::PartId& id) const {
        return must(os::read_file(layout_.part_path(id), kFileBytesMax));
    }
    void replace(const log::PartId& id, std::string_view bytes) const {
        std::filesystem::create_directories(layout_.day_dir(id.day));
        std::ofstream(layout_.part_path(id)) << bytes;
    }

    void write_two_runs_at_once() {
        const Log first = open();
        const Log second = open();
        emit(first, "r1", "run.created",
             R"("run_type":"policy","config":{"stop":0.05,"names":["größer","₿"]},)"
             R"("data_fingerprint":"d41d","tags":{"desk":"a"})");
        emit(second, "r2", "run.created",
             R"("run_type":"policy","config":{},"data_fingerprint":"","parent_run_id":"r1")");
        emit(first, "r1", "run.started", R"("attempt":1)");
        emit(second, "r2", "run.started");
        emit(first, "r1", "phase.started", R"("phase_name":"simulate","phase_order":0)");
        for (int trial = 0; trial < 5; ++trial) {
            emit(first, "r1", "trial.recorded",
                 fmt::format(R"("trial_id":"t{0}","params":{{"stop":0.0{0}}},)"
                             R"("metrics":{{"sharpe":{1}}})",
                             trial, trial % 3 - 0.5));
        }
        emit(first, "r1", "metric.recorded", R"("metrics":{"loss":1e-300},"step":3)");
        register_type(kFill1);
        emit(first, "r1", "desk.fill", R"("price":101.25,"note":"line\nbreak, \"quote\", \u0000")");
        register_type(kFill2);
        emit(second, "r2", "desk.fill", R"("schema_version":2,"fill_price":99,"fees":0.5)");
        emit(first, "r1", "run.tagged", R"("tags":{"note":"größer"})");
        emit(first, "r1", "artifact.created",
             R"("artifact_type":"report","artifact_path":"runs/r1/report.json","size_bytes":12)");
        emit(first, "r1", "phase.completed",
             R"("phase_name":"simulate","duration_ms":1500,"output_summary":{"trials":5})");
        emit(second, "r2", "run.failed", R"("error":{"message":"no candles","kind":"DataError"})");
        emit(first, "r1", "run.completed", R"("summary":{"sharpe":1.5},"artifact_paths":{})");
    }

    // A writer dies in the middle of a line; the next one moves what is left of it to torn/.
    void tear_and_repair() {
        const Log first = open();
        emit(first, "r3", "run.created",
             R"("run_type":"policy","config":{},"data_fingerprint":"x")");
        const std::string bytes = read(part(0, 2));
        replace(part(0, 2), bytes.substr(0, bytes.size() - 40));
        const Log second = open();
        emit(second, "r2", "run.heartbeat");
    }

    // docs/formats/seal.md.
    void seal(const log::PartId& id) const {
        const std::string bytes = read(id);
        nlohmann::ordered_json seal = {{"format", 1},
                                       {"part", log::to_string(id)},
                                       {"bytes", bytes.size()},
                                       {"events", 0},
                                       {"sha256", sha256_hex(bytes)}};
        std::vector<nlohmann::json> events;
        for (const std::string& line : lines_of(bytes)) {
            events.push_back(nlohmann::json::parse(line));
        }
        seal["events"] = events.size();
        seal["first_event_id"] = events.front()["event_id"];
        seal["last_event_id"] = events.back()["event_id"];
        seal["timestamp_ms_min"] = events.front()["timestamp_ms"];
        seal["timestamp_ms_max"] = events.back()["timestamp_ms"];
        seal["bad"] = false;
        seal["previous"] = nullptr;
        const std::string text = seal.dump() + "\n";
        const nlohmann::ordered_json head = {{"part", log::to_string(id)},
                                             {"sha256", sha256_hex(text)}};
        must(os::write_file_atomic(layout_.seal_path(id), text));
        must(os::write_file_atomic(layout_.events_dir() + "/_head.json", head.dump() + "\n"));
    }

    // It goes to the part that has no seal, whose writer then dies, too.
    void write_late_event() {
        emit(open(), "r1", "run.tagged", R"("tags":{"late":"yes"})");
        emit(open(), "r1", "run.tagged", R"("tags":{"torn":"yes"})");
        const std::string bytes = read(part(0, 2));
        replace(part(0, 2), bytes.substr(0, bytes.size() - 7));
    }

    void write_damaged_part() {
        clock_.advance_ms(kDayMs);
        {
            const Log log = open();
            emit(log, "r4", "run.created",
                 R"("run_type":"policy","config":{},"data_fingerprint":"y")");
            for (int step = 1; step <= 20; ++step) {
                emit(log, "r4", "metric.recorded",
                     fmt::format(R"("metrics":{{"loss":{}}},"step":{})", 1.0 / step, step));
                if (step % 4 == 0) must(log->sync());
            }
        }
        std::vector<std::string> lines = lines_of(read(part(1, 1)));
        lines.at(2).at(100) ^= 1;                               // damaged: bad_checksum
        lines.at(4).clear();                                    // damaged: empty
        lines.at(8).replace(20, 64, std::string(64, '\0'));     // damaged: control_byte
        lines.at(10) = lines.at(10).substr(0, 50) + lines[11];  // damaged: glued
        std::swap(lines.at(14), lines.at(15));                  // out_of_order
        lines.erase(lines.begin() + 19);                        // missing
        lines.erase(lines.begin() + 11, lines.begin() + 13);    // lost
        std::string bytes;
        for (const std::string& line : lines) bytes += line + "\n";
        replace(part(1, 1), bytes);
    }

    // Lines of other tools: the seed system's ids, other orders and blanks, a copy, a conflict.
    void write_foreign_part() const {
        const std::string copy = lines_of(read(part(0, 1))).at(3);
        const std::string body = copy.substr(0, copy.find(",\"seq\":"));
        std::string other = body;
        other.replace(other.find("0.00"), 4, "0.99");
        const std::string bytes =
            R"({"event_type":"run.created","event_id":"1769248800000_0a1b2c3d","timestamp_ms":1769248800000,"run_id":"s1","run_type":"policy","config":{"a":1},"data_fingerprint":"f"})"
            "\n"
            R"({"timestamp_ms": 1769248800250, "run_id": "s1", "event_type": "run.started", "event_id": "1769248800250_ffffffff"})"
            "\n"
            R"({"event_id":"1769248801000_00000000","event_type":"trial.recorded","payload_first":true,"trial_id":"t1","params":{"stop":1},"metrics":{"sharpe":2},"timestamp_ms":1769248801000,"run_id":"s1"})"
            "\n"
            R"({"event_type":"run.completed","event_id":"1769248802000_12345678","timestamp_ms":1769248802000,"run_id":"s1","summary":{},"artifact_paths":{}})"
            "\n"
            R"({"msg":"no event, but an object"})"
            "\n" +
            body + "}\n" + other + "}\n";
        replace(part(1, 2), bytes);
    }

    // A part whose sync failed: the events that it shows are written again to the next one.
    void write_bad_part() {
        const Log first = open();  // It continues the damaged part, whose end is sound.
        emit(first, "r4", "run.heartbeat");
        emit(open(), "r4", "run.completed", R"("summary":{},"artifact_paths":{})");
        const std::string bytes = read(part(1, 3));
        must(os::write_file_atomic(layout_.bad_path(part(1, 3)), ""));
        std::string again = bytes.substr(0, bytes.find(",\"seq\":"));
        log::append_trailer(again, 0, log::Seq(1), log::Seq(0));
        replace(part(1, 4), again);
    }

    ledger::LedgerDir dir_;
    log::Layout layout_;
    ManualClock clock_{kMorning};
};

}  // namespace

void write_golden_ledger(const std::string& root) { GoldenLedger(root).write(); }

}  // namespace daybook::formats
