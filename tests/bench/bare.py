"""The baseline: bare Scrapy that downloads pages and follows their links, and keeps nothing.

`python -m tests.bench.bare tree|extractor PORT FILE`: FILE names the addresses to fetch, "site target" a line, so that
exactly the pages are downloaded that an audit fetched; links come from `//a/@href` of the response's own tree and a
seen-set, or from LinkExtractor and Scrapy's duplicate filter.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor

from tests.bench.server import address


class BareSpider(scrapy.Spider):
    name = "bare"

    def __init__(self, way: str, port: int, wanted: set[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.way, self.port, self.wanted = way, port, wanted
        self.seen: set[str] = set()
        self.links = LinkExtractor()
        self.pages = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in sorted(url for url in self.wanted if url.count("/") == 3):
            self.seen.add(url)
            yield scrapy.Request(url, dont_filter=self.way == "tree")

    def parse(self, response: Response, **kwargs: Any) -> Iterator[scrapy.Request]:
        if not isinstance(response, HtmlResponse):
            return
        self.pages += 1
        if self.way == "extractor":
            for link in self.links.extract_links(response):
                if link.url in self.wanted:
                    yield scrapy.Request(link.url)
            return
        for href in response.selector.root.xpath("//a/@href"):
            url = urldefrag(urljoin(response.url, href))[0]
            if url not in self.seen and url in self.wanted:
                self.seen.add(url)
                yield scrapy.Request(url, dont_filter=True)


def main() -> None:
    way, port, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    wanted = set()
    for line in file.read_text(encoding="utf-8").splitlines():
        site, _, target = line.partition(" ")
        wanted.add(f"http://{address(int(site))}:{port}{target}")
    process = CrawlerProcess({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False})
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler, way=way, port=port, wanted=wanted)
    process.start()
    spider: Any = crawler.spider
    print(json.dumps({"pages": spider.pages}))


if __name__ == "__main__":
    main()
