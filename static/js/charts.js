/* Charts beside their tables: the data comes with the page, the colours from the style sheet. */
"use strict";
(() => {
  const source = document.getElementById("chart-data");
  if (!source || !window.echarts) return;
  const data = JSON.parse(source.textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const CLASSES = {
    normal: colour("--pl-class-normal"),
    special_mention: "#c98a00",
    substandard: "#d9630b",
    doubtful: colour("--pl-class-doubtful"),
    loss: colour("--pl-class-loss"),
  };
  const ACCENT = colour("--pl-accent");
  const CARE = "#c98a00";
  const INK = colour("--pl-ink-soft");
  const LINE = colour("--pl-line");
  const wan = document.cookie.split("; ").includes("money_unit=wan");
  const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumFractionDigits: 2 });
  const exact = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const money = (value) => (value === null ? "–" : exact.format(wan ? value / 10000 : value));

  const base = () => ({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: style.getPropertyValue("--tblr-font-sans-serif") || "sans-serif", color: INK },
    grid: { left: 8, right: 16, top: 28, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
  });
  const categories = (labels) => ({
    type: "category", data: labels, axisTick: { show: false }, axisLine: { lineStyle: { color: LINE } },
    axisLabel: { color: INK, interval: 0, hideOverlap: true },
  });
  const values = (format) => ({
    type: "value", splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK, formatter: format },
  });

  const KINDS = {
    /* one bar, the parts beside each other */
    share: (chart) => {
      const whole = chart.items.reduce((sum, item) => sum + item.value, 0) || 1;
      return {
        ...base(),
        tooltip: { trigger: "item", renderMode: "richText", formatter: (p) => `${p.seriesName} ${exact.format(p.value)}%` },
        legend: { top: 0, left: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: INK } },
        grid: { left: 4, right: 4, top: 30, bottom: 4 },
        xAxis: { type: "value", max: 100, show: false },
        yAxis: { type: "category", data: [""], show: false },
        series: chart.items.map((item) => ({
          name: item.name, type: "bar", stack: "all", barWidth: 26, color: CLASSES[item.tone],
          data: [Math.round((item.value / whole) * 10000) / 100],
        })),
      };
    },
    bars: (chart) => ({
      ...base(),
      tooltip: { ...base().tooltip, valueFormatter: money },
      xAxis: categories(chart.labels),
      yAxis: values((value) => short.format(value)),
      series: chart.series.map((row) => ({
        name: row.name, type: "bar", barMaxWidth: 36, data: row.values.map((value, place) => ({
          value, itemStyle: { color: place < 3 ? CARE : CLASSES.doubtful },
        })),
      })),
    }),
    lines: (chart) => ({
      ...base(),
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value === null ? "–" : `${value}%`) },
      legend: { top: 0, left: 0, itemWidth: 14, textStyle: { color: INK } },
      xAxis: { ...categories(chart.labels), boundaryGap: true },
      yAxis: values((value) => `${value}%`),
      series: chart.series.map((row, place) => ({
        name: row.name, type: "line", symbolSize: 7, symbol: place ? "rect" : "circle",
        color: place ? CARE : ACCENT, lineStyle: { width: 2, type: place ? "dashed" : "solid" }, data: row.values,
      })),
    }),
    /* opening, what came and went, closing: each bar hangs where the one before ended */
    steps: (chart) => {
      let level = 0;
      const last = chart.values.length - 1;
      const hidden = [];
      const shown = chart.values.map((value, place) => {
        const whole = place === 0 || place === last;
        const start = whole ? 0 : level;
        const end = whole ? value : level + value;
        if (!whole || place === 0) level = end;
        hidden.push(Math.min(start, end));
        return { value: Math.abs(end - start), itemStyle: { color: whole ? ACCENT : value > 0 ? CLASSES.doubtful : CLASSES.normal } };
      });
      return {
        ...base(),
        tooltip: { trigger: "axis", renderMode: "richText", formatter: (rows) => `${rows[0].name} ${money(chart.values[rows[0].dataIndex])}` },
        xAxis: categories(chart.labels),
        yAxis: values((value) => short.format(value)),
        series: [
          { type: "bar", stack: "steps", silent: true, color: "transparent", data: hidden },
          { type: "bar", stack: "steps", barMaxWidth: 36, data: shown },
        ],
      };
    },
  };

  document.querySelectorAll("[data-chart]").forEach((place) => {
    const chart = data[place.dataset.chart];
    if (!chart) return;
    const drawn = window.echarts.init(place, null, { renderer: "svg" });
    drawn.setOption(KINDS[chart.kind](chart));
    new ResizeObserver(() => drawn.resize()).observe(place);
  });
})();
