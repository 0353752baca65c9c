#include "config/secrets.h"

#include <algorithm>
#include <array>
#include <string>

#include "config/settings.h"

namespace quiz::config {

namespace {

// clang-format off
constexpr auto kSecrets = std::to_array<std::string_view>({
    // Keys, and what lets in elsewhere.
    "~/.ssh", "~/.gnupg", "~/.pki", "~/.age", "~/.config/sops", "~/.password-store",
    "~/.local/share/keyrings", "~/.local/share/kwalletd", "~/.config/Bitwarden", "~/.config/1Password",
    "~/.aws", "~/.azure", "~/.kube", "~/.docker", "~/.config/gcloud", "~/.config/doctl", "~/.config/rclone",
    "~/.config/containers/auth.json", "~/.config/gh", "~/.config/hub", "~/.config/glab-cli",
    "~/.netrc", "~/.git-credentials", "~/.config/git/credentials", "~/.npmrc", "~/.pypirc",
    "~/.cargo/credentials*", "~/.gem/credentials", "~/.m2/settings*.xml", "~/.gradle/gradle.properties",
    "~/.terraform.d/credentials*", "~/.vault-token", "~/.pgpass", "~/.my.cnf", "~/.s3cfg", "~/.boto",
    "~/.Xauthority", "~/.ICEauthority",
    // Browsers and mail.
    "~/.mozilla", "~/.thunderbird", "~/.config/google-chrome*", "~/.config/chromium",
    "~/.config/BraveSoftware", "~/.config/microsoft-edge", "~/.config/vivaldi", "~/.config/Signal",
    "~/snap/firefox", "~/snap/chromium", "~/.var/app",
    // What was typed.
    "~/.*_history", "~/.local/share/fish/fish_history", "~/.lesshst", "~/.viminfo",
    // The system's.
    "/etc/shadow*", "/etc/gshadow*", "/etc/ssh/ssh_host_*_key", "/etc/ssl/private", "/etc/krb5.keytab",
    "/etc/wireguard", "/etc/NetworkManager/system-connections", "/root"});

// In capitals.
constexpr auto kNames = std::to_array<std::string_view>({
    "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSHPASS", "PGPASSFILE", "MYSQL_PWD", "KUBECONFIG", "NETRC", "GIT_ASKPASS",
    "DOCKER_AUTH_CONFIG", "DOCKER_CONFIG", "GOOGLE_APPLICATION_CREDENTIALS", "KRB5CCNAME", "DATABASE_URL"});
constexpr auto kBeginnings = std::to_array<std::string_view>({
    "AWS_", "AZURE_", "GPG_", "GNUPG", "VAULT_", "OP_SESSION", "BW_SESSION", "TWINE_", "GITHUB_PAT", "ARM_CLIENT_"});
// A whole part of the name, between underscores or at its ends: MONKEY is no KEY.
constexpr auto kParts = std::to_array<std::string_view>({
    "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASSPHRASE", "PASS", "APIKEY",
    "CREDENTIAL", "CREDENTIALS", "COOKIE", "PRIVATE", "AUTH"});
constexpr auto kEndings = std::to_array<std::string_view>({
    "_KEY", "APIKEY", "API_KEY", "TOKEN", "SECRET", "PASSWORD", "PASSPHRASE", "_PAT", "_DSN"});
// clang-format on

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

bool has_part(std::string_view name) {
  while (true) {
    const std::size_t end = std::min(name.find('_'), name.size());
    const std::string_view part = name.substr(0, end);
    if (std::find(kParts.begin(), kParts.end(), part) != kParts.end()) return true;
    if (end == name.size()) return false;
    name.remove_prefix(end + 1);
  }
}

}  // namespace

ValueList<std::string> default_secrets() {
  ValueList<std::string> secrets;
  for (const std::string_view path : kSecrets) secrets.push_back({std::string(path), {}});
  return secrets;
}

bool looks_secret(std::string_view variable) {
  const std::string name = upper(variable);
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view begin) { return name.starts_with(begin); }) ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view end) { return name.ends_with(end); }) ||
         has_part(name);
}

}  // namespace quiz::config
