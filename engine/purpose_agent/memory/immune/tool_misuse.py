"""Scanner: commands and code that destroy, open a door or run what a stranger wrote.

The shapes are those of the shell and of Python as they are documented, not of one collection of attacks.
"""

import re

from purpose_agent.memory.immune import speech
from purpose_agent.memory.immune.reading import Reading, by_concepts, by_words, found
from purpose_agent.memory.scanning import Finding, Severity

NAME = "tool_misuse"
_COMMANDS = (
    r"(?:ls|id|cat|type|dir|echo|ping|sleep|wget|curl|nc|ncat|netcat|whoami|uname|ifconfig|ipconfig|net|netstat|perl|"
    r"python3?|ruby|php|bash|sh|rm|phpinfo|system|exec|which|touch|chmod|route|systeminfo|reg|powershell|cmd|ps)"
)


def _shape(pattern: str, severity: Severity, why: str) -> tuple[re.Pattern[str], Severity, str]:
    return re.compile(pattern, re.I), severity, why


_SHAPES = (
    _shape(
        r"\brm\s+(?:-{1,2}[\w-]+\s+)*-\w*(?:rf|fr)\w*\s+(?:--[\w-]+\s+)*(?:[/~*]|\$HOME)(?=\s|$|[\"'*;,.])",
        "critical",
        "It deletes the whole disk or home folder.",
    ),
    _shape(
        r"\b(?:curl|wget|iwr|invoke-webrequest)\b[^|\n]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\b(?:bash|sh)\s+<\(\s*curl",
        "critical",
        "It runs a script from the network unread.",
    ),
    _shape(r"\b(?:nc|ncat|netcat)\b[^\n]{0,60}\s-\w*e\b|/dev/(?:tcp|udp)/|\bsocket\(s,pf_inet", "critical", "It opens a shell to another machine."),
    _shape(r"\bmkfs(?:\.\w+)?\s|\bdd\s+if=\S+\s+of=/dev/|:\(\)\s*\{\s*:\|:|\bformat\s+c:|\bshutdown\s+(?:-h|-r|/s|now)", "critical", "It wipes or stops the machine."),
    _shape(r"(?:/|~/|\b)\.ssh/(?:id_\w+|authorized_keys)|/etc/(?:passwd|shadow|sudoers)\b|\\repair\\s(?:am|ystem)\b|\.aws/credentials", "high", "It touches the machine's keys or accounts."),
    _shape(r"\bnet\s+(?:user|localgroup)\s+\w+.{0,40}/add|\buseradd\b|\breg\s+add\b|\bcrontab\s+-|netsh\s+.{0,30}firewall", "high", "It changes accounts or the machine's set-up."),
    _shape(r"\(\)\s*\{\s*:;\s*\}\s*;", "critical", "It is the Shellshock way of running a command."),
    _shape(rf"(?:^|[\s:\"'\w)])(?:;|&&?|\|\|?|\$\(|%0a|\\n)\s*(?:/(?:usr/)?s?bin/\w+|{_COMMANDS}\b(?=[\s(&;|/'\"-]|$))", "high", "It hangs a command onto a value."),
    _shape(r"\{\{\s*[\w.\"'()\[\]]{2,80}\s*[(*]|\$\{[^{}]{0,60}\(|\{\$\{|<%=?[^%]{1,80}%>", "high", "It makes a template run code."),
    _shape(r"\b(?:eval|exec|execfile|compile)\s*\(\s*(?![)\s])", "high", "It runs text as code."),
    _shape(r"\bos\.(?:system|popen\d?|exec[lv]p?e?|spawn[lv]p?e?|startfile)\s*\(|\bpopen[234]?\(|\bcommands\.get\w*output|\bpopen2\.\w+\(", "high", "It runs a command through the shell."),
    _shape(r"\bshell\s*=\s*(?:True|1)\b", "high", "It runs a command through the shell."),
    _shape(r"\bsubprocess\.(?:popen|call|run|check_\w+|getoutput|getstatusoutput)\s*\(\s*(?:[\"'f]|[a-z_]+\s*[),])", "medium", "It runs a command."),
    _shape(r"\b(?:c?pickle|dill|marshal|shelve|jsonpickle|cloudpickle|joblib)\.(?:loads?|open|unpickler|dumps?)\b\s*\(?|\b(?:pandas|pd)\.read_pickle|\btorch\.load\s*\(", "high", "It loads objects that can run code."),
    _shape(r"\byaml\.(?:unsafe_)?load\s*\(", "high", "It loads YAML that can build any object."),
    _shape(r"\bverify\s*=\s*False\b|_create_unverified_context|check_hostname\s*=\s*False|\bCERT_NONE\b|autoaddpolicy|warningpolicy|\bcurl\s+(?:-\w+\s+)*(?:-k|--insecure)\b", "high", "It switches off the check of who is at the other end."),
    _shape(r"\bchmod\s*\(?\s*(?:-R\s+)?(?:[^\n,]{1,60},\s*)?(?:0?o?[0-7]?777|a\+rwx|0o?7[0-7]7|stat\.s_i\w+)", "high", "It opens a file to everybody."),
    _shape(r"[\"'](?:\s*)(?:select\s.{1,80}\sfrom|insert\s+into|update\s+\S+\s+set|delete\s+from)\b[^\n]{0,200}(?:%\s*\(?\w|\.format\(|[\"']\s*\+|\{\w+\})|\bf[\"']{1,3}\s*(?:select|insert|update|delete)\b|\bwith\s+cte\s+as\b[^\n]{0,60}%", "high", "It builds a query from text that a stranger may choose."),
    _shape(r"[\"']\s*(?:or|and)\s+\d\s*=\s*\d|\bunion\s+select\b|\bdrop\s+(?:table|database)\b|;\s*--\s", "high", "It breaks out of a query."),
    _shape(r"\b(?:hashlib\.)?(?:md5|sha1|md4)\s*\(\s*(?![)])|\bDES\.new|\bARC[24]\.new|\bblowfish\.new|\btelnetlib\.|\bftplib\.ftp\(|\bmktemp\s*\(|\bdebug\s*=\s*True\b|\bbind\(\(\s*[\"'](?:0\.0\.0\.0)?[\"']", "medium", "It uses a way that is known to be unsafe."),
    _shape(r"\bgit\s+push\s+(?:\S+\s+){0,3}(?:--force|-f)\b|\bgit\s+reset\s+--hard\b.{0,20}\bpush|--no-verify\b|\bkubectl\s+delete\s.{0,30}--all|\bterraform\s+destroy", "medium", "It overwrites or removes what others rely on."),
    _shape(r"\b(?:history\s+-c|unset\s+histfile|setenforce\s+0|ufw\s+disable|iptables\s+-f|set-mppreference|xp_cmdshell)\b", "high", "It removes traces or protection."),
)  # fmt: skip


def scan(reading: Reading) -> list[Finding]:
    shaped = _by_shape(reading)
    return shaped or by_concepts(reading, NAME) or by_words(reading, NAME, "It reads like a misuse of tools.")


def _by_shape(reading: Reading) -> list[Finding]:
    for at, view in enumerate(reading.views):
        if reading.about[at]:
            continue
        for pattern, severity, why in _SHAPES:
            match = pattern.search(view.text)
            if match and not speech.is_harmless(view.text, match.start(), match.end()):
                return [found(NAME, severity, why, view, match.start(), match.end())]
    return []
