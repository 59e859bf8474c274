#include "capture/settings.h"

#include <gtest/gtest.h>

namespace daybook::capture {
namespace {

TEST(Settings, ComeFromOneVariable) {
    const auto read = [](std::string_view value) {
        return read_settings({{"HOME", "/root"}, {"DAYBOOK_CAPTURE", std::string(value)}});
    };
    EXPECT_EQ(read_settings({}).value(), Settings());
    EXPECT_EQ(read("").value(), Settings());
    EXPECT_EQ(read("all").value(), Settings());
    EXPECT_EQ(read("no-diff").value(), (Settings{.enabled = true, .diff = false}));
    EXPECT_EQ(read("off").value(), (Settings{.enabled = false, .diff = false}));
    EXPECT_EQ(read("OFF\n").error().message(),
              "DAYBOOK_CAPTURE: found 'OFF\\x0a', expected all, no-diff or off");
}

TEST(Settings, AVariableIsFoundByItsWholeName) {
    const Environment environment = {{"A", "1"}, {"AB", "2"}};
    EXPECT_EQ(variable_of(environment, "AB"), "2");
    EXPECT_EQ(variable_of(environment, "B"), "");
}

}  // namespace
}  // namespace daybook::capture
