"""Scrapy settings: politeness and limits. Every one can be overridden by name (`scrapy crawl site -s NAME=VALUE`)."""

import os

BOT_NAME = "compliance-observatory"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

AUDIT_CONTACT = "https://github.com/compliance-observatory; ban-bien-tap@example.gov.vn"
"""Whom a site's administrator may ask about the crawler, where the registry names nobody (province: contact)."""
AUDIT_AGENT = "ComplianceObservatory/0.1 (+{contact})"
USER_AGENT = AUDIT_AGENT.format(contact=AUDIT_CONTACT)
ROBOTSTXT_USER_AGENT = "ComplianceObservatory"
ROBOTSTXT_OBEY = True

AUDIT_DELAY = 2.0
"""Seconds between two requests to one install, unless the registry says more."""
AUDIT_BUDGETS = ((40, 60.0), (150, 300.0))
"""(requests, seconds): at most so many requests to one install in any such span; NukeViet's flood blocker counts so."""
AUDIT_ADDRESS_RATE = 2
"""Requests a second to one resolved address: many component sites share a server."""
AUDIT_ADDRESS_AT_ONCE = 4
AUDIT_SITES_AT_ONCE = 64
AUDIT_MAX_SECONDS = 6 * 3600
"""Of one site's crawl."""
AUDIT_WAIT_LIMIT = 330
"""Seconds: a Retry-After or flood page that asks for more ends the site's crawl (a flood window lasts 300)."""
AUDIT_RETRY_WAIT = 5.0
"""Seconds before the second try of a page that failed; three times as long before each further one."""
AUDIT_WAVE_WAITS = (60.0, 300.0, 900.0)
"""Seconds before sites that gave nothing are tried again; from the second on only where hardly any site answers."""

AUDIT_CONNECT_TLS: dict[str, str] = {}
"""Host → 127.0.0.1:port: where https:// of a site with `connect_to` goes, for trials on this machine."""

AUDIT_NAME_SERVER = ""
"""Address, or address:port, of the name server that the DNS probes ask; empty for the system's."""

AUDIT_CHROMIUM = os.environ.get("AUDIT_CHROMIUM", "")
"""The browser's path or name; "": chromium, chromium-browser or google-chrome, as found on PATH."""
AUDIT_BROWSER_AT_ONCE = 4
"""Pages open at once, of all sites; each waits most of its time for its turn to ask the site."""
AUDIT_BROWSER_RESTART = 100
"""Pages after which the browser is started anew: it leaks memory."""
AUDIT_BROWSER_SECONDS = 20.0
"""A page may compute for so long; the time in which we fetch for it does not count."""
AUDIT_BROWSER_LONGEST = 600.0
"""Seconds for a page in all."""
AUDIT_BROWSER_REQUESTS = 60
"""Requests of one page's scripts."""
AUDIT_BROWSER_BYTES = 20 * 1024 * 1024
"""Of one page's scripts and data; so much of scripts is kept for a site's further pages, too."""
AUDIT_BROWSER_SIZE = 4_000_000
"""Characters of a rendered page; a larger one is not kept."""

# the pacer of crawler/pace.py keeps the delays, across all crawlers of the process
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False

DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = False
RETRY_TIMES = 2
REDIRECT_ENABLED = False  # a redirect is evidence of its own; the spider follows it after a look at the scope
METAREFRESH_ENABLED = False
HTTPERROR_ALLOW_ALL = True
COOKIES_ENABLED = False  # a theme or language chosen by cookie would change all later pages
DEPTH_LIMIT = 0  # the frontier bounds depth
DNS_TIMEOUT = 15

REMOTE_CONTROL_ENABLED = False  # Scrapy 2.19 would open a port that runs code
TELNETCONSOLE_ENABLED = False
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"
AUDIT_LOCAL_HOSTS = ()
"""Names and addresses on this machine or its network that `scrapy shell` and `scrapy fetch` may ask; a crawl takes them
from the registry."""
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
STATS_DUMP = False
LOG_LEVEL = "ERROR"

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "Accept-Language": "vi,en;q=0.3",
}
DOWNLOAD_HANDLERS: dict[str, str | None] = {
    "http": "crawler.downloads.ForgivingHandler",
    "https": "crawler.tls.AnyServerHandler",  # TLS 1.0, bad certificates
    "browser+http": "crawler.browser.BrowserHandler",  # a page opened in the browser (crawler/rendering.py)
    "browser+https": "crawler.browser.BrowserHandler",
    "ftp": None,  # no other scheme is ever asked for
    "file": None,
    "data": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # lets sub-domains in; crawler/scope.py does not
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "crawler.middlewares.PaceMiddleware": 860,
    "crawler.middlewares.ConnectToMiddleware": 950,
}
SPIDER_MIDDLEWARES = {  # each would hold every request in one more asynchronous loop; the frontier does what they do
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
PLAYWRIGHT_BROWSER_PROVIDER = "crawler.browser.SharedBrowserProvider"
PLAYWRIGHT_PROCESS_REQUEST_HEADERS = None
EXTENSIONS = {
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
}
