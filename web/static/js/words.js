/* The few sentences that scripts say themselves, Chinese first; a page with lang="en" gets the English one.
   Everything else a page says comes from its template. */

const ENGLISH = new Map(Object.entries({
  "已复制": "Copied",
  "复制不了，请手动选中复制": "Could not copy; please select and copy by hand",
  "确定": "Yes",
  "取消": "Cancel",
  "关闭": "Close",
  "请确认": "Please confirm",
  "还可撤销 {minutes} 分 {seconds} 秒": "Can be undone for {minutes} min {seconds} s",
  "撤销时间已过": "The time for undo has passed",
  "网络没有连上，内容还在，请稍后再试": "No connection. Nothing typed is lost; please try again later",
  "键盘快捷键": "Keyboard shortcuts",
  "下一条": "Next",
  "上一条": "Previous",
  "搜索": "Search",
  "显示本表": "Show this list",
  "然后 {key}：{name}": "then {key}: {name}",
  "这里还没有可画的位置": "There is nothing with a position to draw here yet",
  "地图数据没有取到（{why}）": "The map data could not be fetched ({why})",
  "重试": "Try again",
  "在地图上查看下一个按 ]，上一个按 [，打开按回车": "Press ] for the next item on the map, [ for the previous, Enter to open",
  "打开": "Open",
  "选定的点": "Chosen point",
  "图例": "Legend",
  "放大": "Zoom in",
  "缩小": "Zoom out",
  "区划界线": "Division", "街路巷": "Road", "地址": "Address", "门牌": "Plate", "候选": "Candidate", "业务对象": "Case",
  "邻近": "Neighbour", "地名": "Place", "有问题": "Problem", "门牌覆盖": "Plates installed",
  "挂牌": "Hang", "摘牌": "Take down", "换牌": "Replace",
  "门": "Door", "幢": "Building", "单元": "Unit", "室": "Room",
  "{n} 米": "{n} m", "{n} 公里": "{n} km",
  "今天没有待办门牌": "No plates to do today",
  "清单没有取到，显示的是上次的": "The list could not be fetched; this is the last one",
  "清单更新于 {time}": "List of {time}",
  "清单还没有下载，请在有网络时打开一次": "No list yet; please open this page once with a network",
  "这不是门牌二维码": "This is not a plate's QR code",
  "图里没有找到二维码，请靠近、对正再拍": "No QR code in the picture; go closer, hold it straight and try again",
  "打不开照相机：{why}。可拍照识别，或手输编号": "The camera does not open: {why}. Take a picture instead or type the serial",
  "这块门牌不在清单里": "This plate is not on the list",
  "扫到的是另一块门牌：{serial}": "This is another plate: {serial}",
  "改办这一块": "Do that one instead",
  "编号相符": "The serial is right",
  "还没有扫码": "Not scanned yet",
  "还没有定位": "No position yet",
  "定位还不够准：±{accuracy} 米，要求 ±{limit} 米以内": "Position not accurate enough: ±{accuracy} m, needed ±{limit} m",
  "离登记位置 {distance} 米，超过 {limit} 米": "{distance} m from the registered place, more than {limit} m",
  "位置可用：±{accuracy} 米": "Position good: ±{accuracy} m",
  "，离登记位置 {distance} 米": ", {distance} m from the registered place",
  "定位没有开：请在系统设置里允许": "Location is off: please allow it in the settings",
  "定位不到：{why}": "No position: {why}",
  "还没有照片": "No photo yet",
  "照片太小，请重拍": "The photo is too small, please take it again",
  "照片太暗，请重拍": "The photo is too dark, please take it again",
  "这个文件不是可读的照片": "This file is not a readable photo",
  "照片可用": "Photo good",
  "请写明问题": "Please say what the problem is",
  "已存在手机上，有网络时自动送出": "Kept on the phone; sent by itself when there is a network",
  "手机存不下了：{why}。请先送出或删除旧记录": "The phone has no room: {why}. Send or delete older records first",
  "待送 {n} 条": "{n} not sent", "都已送出": "All sent",
  "待送": "Waiting", "正在送": "Sending", "没有收下": "Not accepted", "网络没有连上，稍后自动再送": "No connection; tried again later by itself",
  "请重新登录后再送": "Please sign in again, then send", "服务器暂时不能收（{status}），稍后再送": "The server cannot take it now ({status}); tried again later",
  "服务器没有收下（{status}）": "The server did not accept it ({status})",
  "回答不是本系统的，可能要先登录无线网络": "The answer is not from this system; perhaps the Wi-Fi needs a login first",
  "已送出：{serial}": "Sent: {serial}",
  "立即重送": "Send now", "删除": "Delete", "删掉这条记录和照片？删掉就找不回来了。": "Delete this record and its photo? It cannot be brought back.",
  "确认安装": "Confirmed", "确认装好": "Confirm it hangs", "确认摘下": "Confirm it is down", "报问题": "Problem",
  "有新版本，点此换上": "A new version is ready; tap to use it",
}));

/** The sentence in the page's language with {holes} filled: say("待送 {n} 条", {n: 3}) -> "待送 3 条". */
export function say(sentence, values = {}) {
  const english = document.documentElement.lang.toLowerCase().startsWith("en");
  const chosen = english ? ENGLISH.get(sentence) ?? sentence : sentence;
  return chosen.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}

/** A moment as people of the office write it: "2026-11-23 16:18". */
export function moment(iso) {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" }).format(new Date(iso));
}

/** A random UUID, also on plain-http office networks where crypto.randomUUID is not offered. */
export function randomKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
