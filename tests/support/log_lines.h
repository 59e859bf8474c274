// What a log holds, for tests to compare.
#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace daybook::testing {

// The lines of all parts below `root`, part by part.
inline std::vector<std::string> log_lines(const std::string& root) {
    std::set<std::filesystem::path> parts;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root + "/events")) {
        if (entry.path().extension() == ".jsonl") parts.insert(entry.path());
    }
    std::vector<std::string> lines;
    for (const std::filesystem::path& part : parts) {
        std::ifstream file(part);
        for (std::string line; std::getline(file, line);) lines.push_back(line);
    }
    return lines;
}

// The line without what differs from run to run: id, time and trailer.
inline std::string unstamped(const std::string& line) {
    static const std::regex stamps(
        R"re("event_id":"[^"]*","timestamp_ms":-?[0-9]+,|,"seq":[0-9]+(,"synced":[0-9]+)?,"checksum":"[0-9a-f]{16}")re");
    return std::regex_replace(line, stamps, "");
}

inline std::vector<std::string> unstamped_lines(const std::string& root) {
    std::vector<std::string> lines = log_lines(root);
    for (std::string& line : lines) line = unstamped(std::move(line));
    return lines;
}

}  // namespace daybook::testing
