#include "cli/start_failure.h"

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

const Error kMissing(ErrorCode::kNotFound, "start it: No such file or directory");

TEST(StartFailure, WhatIsMissingIsNamed) {
    const testing::TempDir dir;
    const auto explain = [&](const char* name, std::string_view bytes) {
        const std::string path = dir / name;
        EXPECT_TRUE(os::write_file_atomic(path, bytes));
        const std::string said = explain_start_failure(path, kMissing);
        return said.substr(said.find(path) + path.size());
    };
    EXPECT_EQ(explain("script", "#! /no/python9 -u\nprint()\n"),
              " is there, but its first line asks for /no/python9, which is not there");
    EXPECT_EQ(
        explain("dos", "#!/bin/sh\r\n"),
        " is there, but its first line asks for /bin/sh\\x0d, which is not there; its lines end "
        "in CR LF, expected LF");
    EXPECT_EQ(explain("binary",
                      "\x7f"
                      "ELF"),
              " is there, but what it needs to be started (the loader that it names) is not");
    EXPECT_TRUE(explain_start_failure(dir / "none", kMissing).ends_with("; there is no such file"));
    EXPECT_TRUE(explain_start_failure("no-such-program-x", kMissing).ends_with("is it in PATH?"));
    EXPECT_NE(explain_start_failure("x", Error(ErrorCode::kPermissionDenied, "no"))
                  .find("executable file"),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
