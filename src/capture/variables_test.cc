#include "capture/variables.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace daybook::capture {
namespace {

std::vector<std::string> names_of(const Environment& environment) {
    std::vector<std::string> names;
    for (const auto& [name, value] : captured_variables(environment)) names.push_back(name);
    return names;
}

using Strings = std::vector<std::string>;

TEST(Variables, OnlyThoseOfTheListAreTakenByName) {
    EXPECT_EQ(names_of({{"TZ", "UTC"},
                        {"HOME", "/root"},
                        {"PYTHONPATH", "src"},
                        {"OMP_NUM_THREADS", "4"},
                        {"SSH_CONNECTION", "x"},
                        {"SLURM_JOB_ID", "7"},
                        {"PATHS", "x"}}),
              (Strings{"OMP_NUM_THREADS", "PYTHONPATH", "SLURM_JOB_ID", "TZ"}));
}

TEST(Variables, MoreAreNamedByNameAndByBeginning) {
    EXPECT_EQ(names_of({{"DAYBOOK_CAPTURE_VARIABLES", "MODEL, DESK_*,,"},
                        {"DESK_NAME", "a"},
                        {"MODEL", "b"},
                        {"MODELS", "c"}}),
              (Strings{"DAYBOOK_CAPTURE_VARIABLES", "DESK_NAME", "MODEL"}));
}

TEST(Variables, SecretsAreLeftOutWhateverTheListSays) {
    EXPECT_EQ(names_of({{"SLURM_JWT", "x"},
                        {"CONDA_TOKEN", "x"},
                        {"RAY_REDIS_PASSWORD", "x"},
                        {"DAYBOOK_CAPTURE_VARIABLES", "API_KEY,*"},
                        {"API_KEY", "x"},
                        {"db_passwd", "x"},
                        {"KEYBOARD", "de"}}),
              (Strings{"DAYBOOK_CAPTURE_VARIABLES", "KEYBOARD"}));
}

TEST(Variables, ValuesAreMaskedCutAndMadeUtf8) {
    const Environment captured =
        captured_variables({{"DAYBOOK_URL", "https://me:pw@host/x?token=1&y=2"},
                            {"LANG", "C\xFF"},
                            {"PATH", std::string(kVariableBytesMax - 1, 'a') + "éé"}});
    EXPECT_EQ(captured.at(0).second, "https://***:***@host/x?token=***&y=2");
    EXPECT_EQ(captured.at(1).second, "C\\xff");
    EXPECT_EQ(captured.at(2).second, std::string(kVariableBytesMax - 1, 'a') + "…");
}

TEST(Variables, ValuesAreMaskedLikeWordsOfACommandLine) {
    for (const auto& [value, expected] :
         {std::pair("--api-key=abc", "--api-key=***"), std::pair("--token=abc -x", "--token=***"),
          std::pair("-x --token=abc -y", "-x --token=*** -y"),
          std::pair("--password abc", "--password ***"), std::pair("PASSWORD=abc", "PASSWORD=***"),
          std::pair("/opt/key:/usr/bin", "/opt/key:/usr/bin")}) {
        EXPECT_EQ(captured_variables({{"NODE_OPTIONS", value}}).at(0).second, expected);
    }
}

TEST(Variables, TheyAreNotWithoutEnd) {
    Environment environment = {{"TZ", "UTC"}, {"TZ", "CET"}};
    EXPECT_EQ(captured_variables(environment), (Environment{{"TZ", "UTC"}}));
    for (std::size_t i = 0; i < 2 * kVariablesMax; ++i) {
        environment.emplace_back("OMP_" + std::to_string(i), "x");
    }
    EXPECT_EQ(captured_variables(environment).size(), kVariablesMax);
}

}  // namespace
}  // namespace daybook::capture
