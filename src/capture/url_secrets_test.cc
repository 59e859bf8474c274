#include "capture/url_secrets.h"

#include <utility>

#include <gtest/gtest.h>

namespace daybook::capture {
namespace {

TEST(UrlSecrets, PasswordsUsersOfHttpAndParametersAreMasked) {
    const std::pair<const char*, const char*> kCases[] = {
        {"postgres://me:pw@db:5432/x", "postgres://me:***@db:5432/x"},
        {"redis://:pw@h", "redis://:***@h"},
        {"https://me:pw@h/x", "https://***:***@h/x"},
        {"https://ghp_abc@github.com/a/b", "https://***@github.com/a/b"},
        {"git+HTTPS://abc@h", "git+HTTPS://***@h"},
        {"ssh://git@github.com/a/b", "ssh://git@github.com/a/b"},
        {"postgres://me:p@ss@h/x", "postgres://me:***@h/x"},
        {"postgres://me:p/w@h/x", "postgres://me:***@h/x"},
        {"postgres://u:p@s/x@host/db", "postgres://u:***@host/db"},
        {"postgres://u:p@host/db?mail=a@b", "postgres://u:***@host/db?mail=a@b"},
        {"https://abc@host/@scope/p", "https://***@host/@scope/p"},
        {"http://h:8080/a@b", "http://h:8080/a@b"},
        {"http://h/x?api_key=abc&n=2", "http://h/x?api_key=***&n=2"},
        {"http://h/x?n=2&access_token=abc#y", "http://h/x?n=2&access_token=***#y"},
        {"http://h/x#access_token=abc", "http://h/x#access_token=***"},
        {"s3://b/x?X-Amz-Signature=abc&X-Amz-Credential=d&X-Amz-Date=e",
         "s3://b/x?X-Amz-Signature=***&X-Amz-Credential=***&X-Amz-Date=e"},
        {"https://h/x?sig=abc&sv=1", "https://h/x?sig=***&sv=1"},
        {"http://h/x?page=2", "http://h/x?page=2"},
        {"git@github.com:a/b.git", "git@github.com:a/b.git"},
        {"https://h", "https://h"},
        {"://", "://"},
        {"", ""},
    };
    for (const auto& [url, expected] : kCases) {
        EXPECT_EQ(mask_urls(url), expected);
        // Within other text, and more than one of them.
        const std::string text = std::string("--db=") + url + " '" + url + "' end";
        const std::string around = std::string("--db=") + expected + " '" + expected + "' end";
        EXPECT_EQ(mask_urls(text), around);
    }
}

}  // namespace
}  // namespace daybook::capture
