// A directory of a test's own, removed when the test is done.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace daybook::testing {

class TempDir {
public:
    // `parent` ends with a slash.
    explicit TempDir(const std::string& parent = ::testing::TempDir())
        : path_(parent + "daybook-XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
    }
    ~TempDir() {
        std::error_code ignored;  // What cannot be removed stays for who looks into it.
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace daybook::testing
