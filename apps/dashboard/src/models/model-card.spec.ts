import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { ModelCard } from './model-card.js';

const drawn = (markdown: string) =>
  renderToStaticMarkup(createElement(ModelCard, { markdown, titleId: 'title' }))
    .replaceAll(/ class="[^"]*"/g, '')
    .replaceAll('\n', '')
    .replace(/^<div>(.*)<\/div>$/, '$1');

test('nothing of a card is run or fetched, and it leads to the web only', () => {
  const card = `# A model

<script>alert(1)</script>
<iframe src="https://example.com"></iframe>

Words <img src=x onerror=alert(1)> [run](javascript:alert(1)) [data](data:text/html,x)
![a lighthouse](https://example.com/lighthouse.png) ![farm](/api/v1/farm)
[base](../base) [other](//example.com/x) [mail](mailto:a@example.com) [site](https://example.com/a?b=1)

| part   | size |
| ------ | ---: |
| \`unet\` | 1    |
`;
  expect(drawn(card)).toBe(
    '<h3>A model</h3>' +
      '<p>Words  run dataa lighthouse farmbase other mail ' +
      '<a href="https://example.com/a?b=1" target="_blank" rel="noreferrer noopener">site</a></p>' +
      '<div role="group" aria-labelledby="title" tabindex="0"><table>' +
      '<thead><tr><th>part</th><th style="text-align:right">size</th></tr></thead>' +
      '<tbody><tr><td><code>unet</code></td><td style="text-align:right">1</td></tr></tbody></table></div>',
  );
});

test('headings continue those of the page without a gap, whatever levels the card has', () => {
  expect(drawn('## a\n#### b\n#### c\n### d\n# e\n## f\n### g\n#### h\n##### i')).toBe(
    '<h3>a</h3><h4>b</h4><h4>c</h4><h4>d</h4><h3>e</h3><h4>f</h4><h5>g</h5><h6>h</h6><h6>i</h6>',
  );
});

test('links and headings of columns have words, else they are none', () => {
  expect(drawn('[![](x.png)](https://example.com) [![built](x.svg)](https://example.com)')).toBe(
    '<p><a href="https://example.com/" target="_blank" rel="noreferrer noopener">https://example.com/</a> ' +
      '<a href="https://example.com/" target="_blank" rel="noreferrer noopener">built</a></p>',
  );
  expect(drawn('| part | |\n|-|-|')).toContain('<th>part</th><td></td>');
});

test('done and open items are signs, and footnotes a list at the end', () => {
  expect(drawn('- [x] trained\n- [ ] tested')).toBe('<ul><li>☑ trained</li><li>☐ tested</li></ul>');
  expect(drawn('Sharp.[^1]\n\n[^1]: By eye.')).toBe('<p>Sharp.<sup>1</sup></p><ol><li><p>By eye. </p></li></ol>');
});
