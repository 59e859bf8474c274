// Archives for tests: parts of any bytes, and the lines that make them hard.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/archive_layout.h"
#include "archive/archive_reader.h"
#include "archive/archive_writer.h"
#include "archive/manifest.h"
#include "archive/manifest_file.h"
#include "base/calendar.h"
#include "base/hash.h"
#include "base/limits.h"
#include "ledger/ledger_dir.h"
#include "ledger/seal.h"
#include "log/line.h"
#include "os/file.h"
#include "os/test_support.h"
#include "support/outcome.h"

namespace daybook::archive {

// 2026-01-23.
inline constexpr Day kTestDay(20476);

inline log::PartId test_part(std::uint32_t number, Day day = kTestDay) {
    return {.day = day, .number = log::PartNumber(number)};
}

// A whole line of Daybook's own.
inline std::string own_line(std::string_view run_id, std::uint64_t seq,
                            std::string_view type = "run.tagged") {
    std::string line = fmt::format(
        R"({{"event_type":"{}","event_id":"e-{}-{}","timestamp_ms":{},"run_id":"{}","note":"ä")",
        type, run_id, seq, 20476 * kDayMs + static_cast<std::int64_t>(seq), run_id);
    log::append_trailer(line, 0, log::Seq(seq), log::Seq(0));
    return line;
}

// A line of another tool.
inline std::string foreign_line(std::string_view run_id, int number) {
    return fmt::format(
        R"({{ "run_id": "{}", "event_type": "trial", "event_id": "f{}", "timestamp_ms": {} }})"
        "\r\n",
        run_id, number, number);
}

// Every kind of line that a part can hold; the last one is unfinished if `torn`.
inline std::string hard_part(bool torn) {
    std::string bytes;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) bytes += own_line("r1", seq);
    bytes += "\n\n";
    bytes += foreign_line("r2", 1);
    bytes += std::string("a NUL \0 in it\n", 14);
    bytes += "\xff\xfe no UTF-8 \xc0\xaf\n";
    bytes += std::string("\0\n", 2);
    bytes += "no JSON\n{\"half\":\n";
    bytes +=
        "{\"event_type\":\"x\",\"event_id\":\"n\\u0000l\",\"timestamp_ms\":1,\"run_id\":\"r\"}\n";
    std::string flipped = own_line("r1", 4);
    flipped[20] ^= 1;
    bytes += flipped;
    bytes += own_line("r1", 5);
    if (torn) bytes += own_line("r1", 6).substr(0, 60);
    return bytes;
}

class ArchiveTest : public ::testing::Test {
protected:
    SealedPart put_part(const log::PartId& part, std::string_view bytes) {
        const std::string path = dir_.layout().part_path(part);
        testing::expect_ok(os::make_dirs(os::parent_path(path)));
        testing::expect_ok(os::write_file_atomic(path, bytes));
        return {.part = part,
                .path = path,
                .bytes = bytes.size(),
                .sha256 = sha256_hex(bytes),
                .seal_sha256 = std::string(64, 'a')};
    }

    // Archives the parts of a day and takes their files away.
    Manifest archive(const std::vector<SealedPart>& parts) {
        const Day day = parts.front().part.day;
        testing::expect_ok(os::make_dirs(layout_.day_dir(day)));
        const std::string name = file_name(FileNumber(1));
        WrittenFile written =
            testing::value_of(write_archive(layout_.file_path(day, name), name, parts));
        Manifest manifest{.day = day, .files = {written.file}, .parts = std::move(written.parts)};
        testing::expect_ok(write_manifest(layout_, manifest));
        for (const SealedPart& part : parts) testing::expect_ok(os::remove_file(part.path));
        return manifest;
    }

    std::string inflated(const log::PartId& part) {
        const log::OpenPart opened = testing::value_of(reader_.open(part));
        const auto info = testing::value_of(os::file_info(opened.fd.get(), opened.path));
        std::string bytes(info.size.value(), '\0');
        EXPECT_EQ(testing::value_of(os::read_at(opened.fd.get(), ByteOffset(0), bytes, "part")),
                  bytes.size());
        return bytes;
    }

    os::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "a [ledger]*"};
    ArchiveLayout layout_{dir_};
    ArchiveReader reader_{dir_};
};

}  // namespace daybook::archive
